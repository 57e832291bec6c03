/**
 * Judging endpoints: {@link io.weir.agent.health.HealthWatch} says which to probe when, takes how
 * the probes ended, what the controller asks and concludes and what other agents hold, and answers
 * what picks go by; {@link io.weir.agent.health.Hysteresis} takes one {@link
 * io.weir.agent.health.Standing} to the next. Pure: no clock, no I/O.
 */
@NullMarked
package io.weir.agent.health;

import org.jspecify.annotations.NullMarked;
