/**
 * What every simulation stands on: {@link io.weir.e2e.sim.kernel.VirtualTime} runs events in the
 * order of their times, and {@link io.weir.e2e.sim.kernel.Network} carries messages between named
 * nodes, late, twice or not at all. One thread; everything random comes from one seed, so that a
 * run can be had again.
 */
@NullMarked
package io.weir.e2e.sim.kernel;

import org.jspecify.annotations.NullMarked;
