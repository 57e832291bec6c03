/**
 * Judging an endpoint from a series of probe outcomes: {@link io.weir.agent.health.Hysteresis}
 * takes one {@link io.weir.agent.health.Standing} to the next. Pure: no clock, no I/O.
 */
@NullMarked
package io.weir.agent.health;

import org.jspecify.annotations.NullMarked;
