/**
 * Rings of many agents in virtual time: {@link io.weir.agent.membership.Ring} as agents run it,
 * over a simulated network with delay, loss, duplication and cuts, with processes that crash, come
 * back and stand still. One thread, no clock; one seed decides everything.
 */
@NullMarked
package io.weir.e2e.sim.membership;

import org.jspecify.annotations.NullMarked;
