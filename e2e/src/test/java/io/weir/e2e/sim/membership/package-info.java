/** Rings of agents in virtual time: what they hold of each other after faults. */
@NullMarked
package io.weir.e2e.sim.membership;

import org.jspecify.annotations.NullMarked;
