/**
 * How soon, how surely and at what cost a fleet finds out that endpoints have died: {@link
 * io.weir.e2e.sim.health.SharedProbes} is Weir's own classes, {@link
 * io.weir.e2e.sim.health.EveryoneProbes} is what every proxy in the field does. Both live through
 * the same {@link io.weir.e2e.sim.health.Deaths} over the same {@link
 * io.weir.e2e.sim.health.ProbePath}; {@link io.weir.e2e.sim.health.Tally} counts.
 */
@NullMarked
package io.weir.e2e.sim.health;

import org.jspecify.annotations.NullMarked;
