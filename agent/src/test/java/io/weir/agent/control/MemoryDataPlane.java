package io.weir.agent.control;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.weir.agent.balance.Explanation;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.Snapshot;
import io.weir.agent.proxy.DataPlane;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;

/**
 * A data plane that carries no traffic: it remembers what it was given, refuses what it is told to
 * refuse, and swaps at once or when it is let. Fails when its contract is broken. Thread-safe.
 */
public final class MemoryDataPlane implements DataPlane {
  private final List<Snapshot> applied = new ArrayList<>();
  private Function<Snapshot, List<Refusal>> judge = _ -> List.of();
  private boolean held;
  private Optional<Runnable> underWay = Optional.empty();
  private boolean closed;

  @Override
  public synchronized Future<List<Refusal>> apply(Snapshot snapshot) {
    if (underWay.isPresent() || closed) {
      throw new IllegalStateException("overlapping, or after the end: " + snapshot);
    }
    Promise<List<Refusal>> done = Promise.promise();
    underWay =
        Optional.of(() -> {
          List<Refusal> refusals = judge.apply(snapshot);
          if (refusals.isEmpty()) {
            applied.add(snapshot);
          }
          done.complete(refusals);
        });
    if (!held) {
      finish();
    }
    return done.future();
  }

  @Override
  public Future<Explanation> explainNext(String pool) {
    return Future.failedFuture(new NoSuchElementException("no traffic"));
  }

  @Override
  public Future<LoopMetrics> metrics() {
    return Future.succeededFuture(new LoopMetrics());
  }

  @Override
  public synchronized Future<Void> close() {
    closed = true;
    return Future.succeededFuture();
  }

  /** From now on {@code refusals} decides. */
  public synchronized void refuse(Function<Snapshot, List<Refusal>> refusals) {
    judge = refusals;
  }

  /** From now on swaps wait for {@link #release}. */
  public synchronized void hold() {
    held = true;
  }

  public synchronized void release() {
    held = false;
    finish();
  }

  public synchronized boolean isSwapping() {
    return underWay.isPresent();
  }

  public synchronized List<Long> revisions() {
    return applied.stream().map(Snapshot::revision).toList();
  }

  public synchronized Snapshot running() {
    return applied.getLast();
  }

  private void finish() {
    Optional<Runnable> swap = underWay;
    underWay = Optional.empty();
    swap.ifPresent(Runnable::run);
  }
}
