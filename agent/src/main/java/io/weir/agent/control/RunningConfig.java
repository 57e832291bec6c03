package io.weir.agent.control;

import io.weir.agent.control.Compilation.Compiled;
import io.weir.agent.control.Compilation.Refused;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.Snapshot;
import io.weir.agent.proxy.DataPlane;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this agent runs: takes a candidate through compile, swap and disk, and only then holds it.
 * Confined to the control thread but for {@link #serving} and {@link #signed}.
 */
public final class RunningConfig {
  private static final Logger log = LoggerFactory.getLogger(RunningConfig.class);
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final SnapshotCompiler compiler;
  private final DataPlane plane;
  private final LastGood lastGood;
  private final ScheduledExecutorService control;
  private final Consumer<Snapshot> swapped;

  private volatile Replica held = Replica.empty();
  private volatile boolean serving;
  private boolean closed;
  // One swap at a time: the next waits for this.
  private CompletableFuture<?> lastSwap = CompletableFuture.completedFuture(null);

  /**
   * @param control the control thread
   * @param swapped told of each snapshot that has begun to run, on the control thread
   */
  public RunningConfig(
      SnapshotCompiler compiler,
      DataPlane plane,
      LastGood lastGood,
      ScheduledExecutorService control,
      Consumer<Snapshot> swapped) {
    this.compiler = compiler;
    this.plane = plane;
    this.lastGood = lastGood;
    this.control = control;
    this.swapped = swapped;
  }

  /** What deltas and fencing refer to; runs only while {@link #serving}. */
  Replica held() {
    return held;
  }

  /** What runs, if another agent may have it. Any thread. */
  public Optional<io.weir.v1.Snapshot> signed() {
    Replica now = held;
    return serving && !now.signature().isEmpty() && !now.staged()
        ? Optional.of(now.toSnapshot())
        : Optional.empty();
  }

  /** Whether the data plane runs a snapshot, be it without listeners. Any thread. */
  public boolean serving() {
    return serving;
  }

  /**
   * Runs the newest of {@code generations} that this agent can compile. Where the data plane
   * refuses it (a port is taken) it is tried again every 5 s until something runs.
   *
   * @return completes on the control thread once the first attempt is over
   */
  public CompletableFuture<Void> restore(List<io.weir.v1.Snapshot> generations) {
    for (io.weir.v1.Snapshot generation : generations) {
      switch (compiler.compile(generation)) {
        case Compiled compiled -> {
          held = Replica.of(generation);
          return attempt(compiled.snapshot());
        }
        case Refused refused ->
            log.atError()
                .addKeyValue("revision", generation.getRevision())
                .addKeyValue("refusals", text(refused.refusals()))
                .log("cannot run a saved snapshot; trying the one before it");
      }
    }
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Void> attempt(Snapshot snapshot) {
    return swap(snapshot, () -> !serving)
        .thenAccept(refusals -> {
          if (!refusals.isEmpty()) {
            log.atError()
                .addKeyValue("revision", snapshot.revision())
                .addKeyValue("refusals", text(refusals))
                .log("cannot run the last good snapshot; trying again");
            retryLater(snapshot);
          }
        });
  }

  private void retryLater(Snapshot snapshot) {
    var _ =
        control.schedule(
            () -> {
              if (!serving && !closed) {
                var _ = attempt(snapshot).whenComplete(RunningConfig::logBug);
              }
            },
            RETRY.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Lets a swap under way finish, then closes the data plane. Any thread; once. */
  public CompletableFuture<Void> close() {
    return CompletableFuture.runAsync(() -> closed = true, control)
        .thenCompose(_ -> lastSwap.handle((_, _) -> plane.close()))
        .thenCompose(closing -> closing.toCompletionStage());
  }

  /**
   * Runs {@code candidate} and keeps it. Calls must not overlap.
   *
   * @return completes on the control thread; empty: it runs and will after a crash (or the disk is
   *     known not to take it). Otherwise what was running runs on.
   */
  CompletableFuture<List<Refusal>> run(Replica candidate) {
    io.weir.v1.Snapshot message = candidate.toSnapshot();
    return switch (compiler.compile(message)) {
      case Refused refused -> CompletableFuture.completedFuture(refused.refusals());
      case Compiled compiled ->
          swap(compiled.snapshot(), () -> true)
              .thenApply(refusals -> {
                if (refusals.isEmpty()) {
                  held = candidate;
                  lastGood.save(message);
                }
                return refusals;
              });
    };
  }

  /**
   * Runs a snapshot that another agent gave, and keeps it, unless something runs by then.
   *
   * @return as {@link #run}
   */
  CompletableFuture<List<Refusal>> adopt(io.weir.v1.Snapshot snapshot) {
    return switch (compiler.compile(snapshot)) {
      case Refused refused -> CompletableFuture.completedFuture(refused.refusals());
      case Compiled compiled ->
          swap(compiled.snapshot(), () -> !serving)
              .thenApply(refusals -> {
                if (refusals.isEmpty() && held.revision() == 0) {
                  held = Replica.of(snapshot);
                  lastGood.save(snapshot);
                }
                return refusals;
              });
    };
  }

  /** When its turn has come and {@code wanted} still holds. */
  private CompletableFuture<List<Refusal>> swap(Snapshot snapshot, BooleanSupplier wanted) {
    CompletableFuture<List<Refusal>> swap =
        lastSwap.thenCompose(_ -> {
          if (closed) {
            return CompletableFuture.completedFuture(refused("this agent is stopping"));
          }
          return wanted.getAsBoolean()
              ? swapNow(snapshot)
              : CompletableFuture.completedFuture(List.of());
        });
    lastSwap = swap.exceptionally(_ -> List.of()); // whoever waits for it says so
    return swap;
  }

  private CompletableFuture<List<Refusal>> swapNow(Snapshot snapshot) {
    CompletableFuture<List<Refusal>> done = new CompletableFuture<>();
    plane
        .apply(snapshot)
        .otherwise(bug -> { // against the contract of DataPlane
          log.atError().setCause(bug).log("the data plane broke");
          return refused("internal error: " + bug);
        })
        .onSuccess(refusals -> control.execute(() -> done.complete(refusals)));
    return done.thenApply(refusals -> {
      if (refusals.isEmpty()) {
        serving = true;
        swapped.accept(snapshot);
      }
      return refusals;
    });
  }

  /** For a reason that lies in no resource but in this agent. */
  private static List<Refusal> refused(String reason) {
    return List.of(new Refusal("Agent", "", "", reason));
  }

  static String text(List<Refusal> refusals) {
    StringBuilder text = new StringBuilder();
    for (Refusal refusal : refusals) {
      text.append(text.isEmpty() ? "" : "; ").append(refusal.kind()).append(' ');
      text.append(refusal.name()).append(refusal.field().isEmpty() ? "" : " " + refusal.field());
      text.append(": ").append(refusal.reason());
    }
    return text.toString();
  }

  /** For the end of a chain that nobody waits for. */
  static void logBug(@Nullable Object result, @Nullable Throwable bug) {
    if (bug != null) {
      log.atError().setCause(bug).log("unexpected failure on the control thread");
    }
  }
}
