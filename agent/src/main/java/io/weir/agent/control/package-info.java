/**
 * How an agent comes by what it runs: {@link io.weir.agent.control.ControlStream} keeps a stream to
 * the controller, {@link io.weir.agent.control.Replica} decides whether what arrives may follow
 * what is held, {@link io.weir.agent.control.SnapshotCompiler} turns it into the agent's own model,
 * {@link io.weir.agent.control.RunningConfig} hands it to the data plane, and {@link
 * io.weir.agent.control.LastGood} keeps it on disk for a start without a controller. Everything
 * that has effects here runs on one thread, the control thread.
 */
@NullMarked
package io.weir.agent.control;

import org.jspecify.annotations.NullMarked;
