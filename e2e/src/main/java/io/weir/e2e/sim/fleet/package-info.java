/**
 * A whole fleet in virtual time and one thread: the controller's own control loop over a simulated
 * {@link io.weir.e2e.sim.fleet.SimStore}, and in every agent its own health, membership and
 * balancing code, over streams and a network that break. {@link io.weir.e2e.sim.fleet.World} is one
 * run, made from one seed; {@link io.weir.e2e.sim.fleet.Invariants} watches; {@link
 * io.weir.e2e.sim.fleet.Mutation} breaks a rule on purpose, to see that it is noticed.
 */
@NullMarked
package io.weir.e2e.sim.fleet;

import org.jspecify.annotations.NullMarked;
