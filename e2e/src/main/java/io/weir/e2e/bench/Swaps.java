package io.weir.e2e.bench;

import io.weir.e2e.live.Admin;
import io.weir.e2e.live.Await;
import io.weir.v1.Endpoint;
import io.weir.v1.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Full load for some time, and again while the configuration changes all the time: the weights of
 * the pool, by the admin API, one write after the other.
 *
 * @param contender whose controller stays
 * @param time of each of the two stretches
 * @param interval between two writes
 */
record Swaps(
    Path work,
    Installed origin,
    Weir contender,
    Cell cell,
    Settings settings,
    WarmUp warmUp,
    Duration time,
    Duration interval,
    Progress progress,
    Results results) {
  private static final int HEAVY = 3;

  /** How long all of it takes, roughly. */
  Duration total() {
    return Plan.START.plus(warmUp.least()).plus(time.multipliedBy(2));
  }

  void measure() throws InterruptedException {
    progress.step("starting for config swaps", Plan.START);
    try (var stage = new Stage(work.resolve("swaps"), cell.layout(), settings, origin)) {
      Weir.Controlled weir = contender.startControlled(stage.assignment(contender));
      stage.add(weir.running());
      pin(ProcessHandle.current().pid());
      pin(weir.controller().child().handle().pid());
      measure(stage, weir);
    } catch (RuntimeException e) {
      results.note("config swaps were not measured: " + e.getMessage());
    }
  }

  private void measure(Stage stage, Weir.Controlled weir) throws InterruptedException {
    progress.step("warming up weir", warmUp.least());
    var costs = new ArrayList<Double>();
    while (!warmUp.enough(costs)) {
      costs.add(Measure.REQUEST.cost(turn(stage, weir.running(), WarmUp.SLICE)));
    }
    progress.step("full load for %d s without config swaps".formatted(time.toSeconds()), time);
    Turn quiet = turn(stage, weir.running(), time);
    progress.result(described(quiet));
    progress.step("full load for %d s with config swaps".formatted(time.toSeconds()), time);
    Process load =
        stage.wrk().start(weir.running().port(), "/" + cell.size(), cell.connections(), time);
    long swaps = swap(weir.controller().address());
    var busy = new Turn(Wrk.await(load), CpuTime.NONE);
    progress.result("%s, %,d swaps".formatted(described(busy), swaps));
    long failed = busy.load().statusErrors() + busy.load().socketErrors();
    add("proxy.swaps.failed", "requests", (double) failed);
    add("proxy.swaps.requests", "requests", (double) busy.load().requests());
    add("proxy.swaps.count", "swaps", (double) swaps);
    if (quiet.valid()) {
      add("proxy.swaps.p99_ratio", "ratio", busy.load().p99() / quiet.load().p99());
    } else {
      results.note("the stretch without config swaps had errors of its own: no p99_ratio");
    }
  }

  /**
   * Writes so often as the interval fits into the time; the number of writes.
   *
   * @throws Await.TimedOut when the agent does not run the last one in the end
   */
  private long swap(String controller) {
    try (var admin = new Admin(controller)) {
      Resource pool = admin.get("Pool", Weir.POOL);
      long revision = 0;
      long start = System.nanoTime();
      long swaps = time.dividedBy(interval);
      for (int done = 0; done < swaps; done++) {
        LockSupport.parkNanos(start + done * interval.toNanos() - System.nanoTime());
        revision = admin.apply(weighted(pool, done % 2 == 0));
      }
      admin.awaitSynced(List.of(Weir.NAME), revision);
      return swaps;
    }
  }

  /** The first endpoint weighs more, or all weigh the same. */
  private static Resource weighted(Resource pool, boolean heavy) {
    var changed = pool.toBuilder();
    changed.getMetadataBuilder().clearRevision();
    Endpoint.Builder first = changed.getPoolBuilder().getSpecBuilder().getEndpointsBuilder(0);
    first.setWeight(heavy ? HEAVY : 1);
    return changed.build();
  }

  private Turn turn(Stage stage, Running running, Duration time) throws InterruptedException {
    return stage.turn(running, "/" + cell.size(), cell.connections(), time);
  }

  private void add(String name, String unit, double value) {
    results.figure(new FigureList.Single(name + cell.layout().suffix(), unit, List.of(value)));
  }

  /** Beside the load, so that what is compared is the agent alone. */
  private void pin(long pid) {
    var command = new ArrayList<>(cell.layout().pinnedLoad());
    command.add(1, "-a");
    command.add(2, "-p");
    command.add(Long.toString(pid));
    try {
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String described(Turn turn) {
    return "%,d requests, %d failed, p99 %.2f ms"
        .formatted(
            turn.load().requests(),
            turn.load().statusErrors() + turn.load().socketErrors(),
            turn.load().p99() / 1000);
  }
}
