package io.weir.e2e.sim.fleet;

import io.weir.agent.health.DueProbe;
import io.weir.agent.health.HealthWatch;
import io.weir.agent.health.Target;
import io.weir.e2e.sim.kernel.VirtualTime;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Does in virtual time what a {@link HealthWatch} asks for: what an agent's prober does in real
 * time.
 */
public final class Probing {
  private final VirtualTime time;
  private final Executor thread;
  private final HealthWatch watch;
  private final Path path;
  private final Consumer<HealthWatch.Outcome> told;
  private long wakeAt = Long.MAX_VALUE;
  private boolean stopped;

  /** The way from one agent to the endpoints. */
  public interface Path {
    Result probe(Target target, long now);
  }

  /**
   * How one probe ends.
   *
   * @param failure empty: it passes
   * @param took ns until that is known
   */
  public record Result(Optional<String> failure, long took) {}

  /**
   * @param thread of the agent, which may be paused
   * @param told what has come of probes and of what the watch was told
   */
  public Probing(
      VirtualTime time,
      Executor thread,
      HealthWatch watch,
      Path path,
      Consumer<HealthWatch.Outcome> told) {
    this.time = time;
    this.thread = thread;
    this.watch = watch;
    this.path = path;
    this.told = told;
  }

  /** The watch was told something, or time has passed. */
  public void settle() {
    if (stopped) {
      return;
    }
    for (DueProbe probe : watch.due(time.now())) {
      Result result = path.probe(probe.target(), time.now());
      time.after(
          Math.min(result.took(), probe.check().timeout().toNanos()),
          () -> thread.execute(() -> finished(probe, result)));
    }
    HealthWatch.Outcome outcome = watch.take();
    if (!outcome.news().isEmpty() || !outcome.changed().isEmpty()) {
      told.accept(outcome);
    }
    OptionalLong next = watch.nextDue();
    if (next.isPresent() && next.getAsLong() < wakeAt) {
      long at = Math.max(next.getAsLong(), time.now() + 1);
      wakeAt = at;
      time.at(at, () -> thread.execute(() -> wake(at)));
    }
  }

  private void wake(long at) {
    if (wakeAt == at) {
      wakeAt = Long.MAX_VALUE;
      settle();
    }
  }

  private void finished(DueProbe probe, Result result) {
    if (!stopped) {
      watch.finished(probe, result.failure(), time.now());
      settle();
    }
  }

  /** The agent is no more. */
  public void stop() {
    stopped = true;
  }
}
