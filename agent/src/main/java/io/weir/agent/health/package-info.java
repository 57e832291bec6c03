/** Judging an endpoint from a series of probe outcomes. Pure. */
@NullMarked
package io.weir.agent.health;

import org.jspecify.annotations.NullMarked;
