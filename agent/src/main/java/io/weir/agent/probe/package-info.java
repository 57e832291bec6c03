/**
 * Probing endpoints: {@link io.weir.agent.probe.Prober} keeps the schedule and the verdicts, {@link
 * io.weir.agent.probe.ProbeClient} asks an endpoint once. I/O, on one Vert.x event loop.
 */
@NullMarked
package io.weir.agent.probe;

import org.jspecify.annotations.NullMarked;
