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
 * Full load while the configuration stays, and while it changes all the time: the weights of the
 * pool, by the admin API, one write after the other. The two take turns, stretch by stretch, so
 * that what disturbs the machine for a while disturbs both.
 *
 * @param contender whose controller stays
 * @param pairs of one stretch without and one with changes
 * @param stretch how long each lasts
 */
record Swaps(
    Path work,
    Installed origin,
    Weir contender,
    Cell cell,
    Settings settings,
    WarmUp warmUp,
    int pairs,
    Duration stretch,
    Progress progress,
    Results results) {
  /** So that six stretches of 10 s make a thousand. */
  private static final Duration INTERVAL = Duration.ofSeconds(10).dividedBy(167);

  private static final int HEAVY = 3;

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
    var still = new ArrayList<Turn>();
    var swapped = new ArrayList<Turn>();
    long swaps = 0;
    for (int pair = 1; pair <= pairs; pair++) {
      String which = "%d of %d, full load".formatted(pair, pairs);
      progress.step(which + " without config swaps", stretch);
      still.add(turn(stage, weir.running(), stretch));
      progress.result(described(still.getLast()));
      progress.step(which + " with config swaps", stretch);
      int port = weir.running().port();
      Process load = stage.wrk().start(port, "/" + cell.size(), cell.connections(), stretch);
      swaps += swap(weir.controller().address());
      swapped.add(new Turn(Wrk.await(load), CpuTime.NONE));
      progress.result(described(swapped.getLast()));
    }
    add("failed", "requests", failed(swapped));
    add("requests", "requests", swapped.stream().mapToLong(turn -> turn.load().requests()).sum());
    add("count", "swaps", swaps);
    results.figure(
        new FigureList.Single(
            name("p99_ratio"), "ratio", Ratios.paired(swapped, still, turn -> turn.load().p99())));
    if (failed(still) > 0) {
      results.note("without config swaps %d requests failed".formatted(failed(still)));
    }
  }

  /**
   * Writes so often as the interval fits into a stretch; the number of writes.
   *
   * @throws Await.TimedOut when the agent does not run the last one in the end
   */
  private long swap(String controller) {
    try (var admin = new Admin(controller)) {
      Resource pool = admin.get("Pool", Weir.POOL);
      long revision = 0;
      long start = System.nanoTime();
      long swaps = stretch.dividedBy(INTERVAL);
      for (int done = 0; done < swaps; done++) {
        LockSupport.parkNanos(start + done * INTERVAL.toNanos() - System.nanoTime());
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

  private String name(String what) {
    return "proxy.swaps." + what + cell.layout().suffix();
  }

  private void add(String what, String unit, long value) {
    results.figure(new FigureList.Single(name(what), unit, List.of((double) value)));
  }

  private static long failed(List<Turn> turns) {
    return turns.stream()
        .mapToLong(turn -> turn.load().statusErrors() + turn.load().socketErrors())
        .sum();
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
        .formatted(turn.load().requests(), failed(List.of(turn)), turn.load().p99() / 1000);
  }
}
