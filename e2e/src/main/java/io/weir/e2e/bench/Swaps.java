package io.weir.e2e.bench;

import io.weir.e2e.live.Admin;
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
 * pool, by the admin API, one write after the other. A third stretch, of writes to a pool that no
 * listener of the agent leads to, tells what the agent's part is from that of the controller and of
 * this process, which share the load's core. The three take turns, stretch by stretch, so that what
 * disturbs the machine for a while disturbs all.
 *
 * @param contender whose controller stays
 * @param pairs of one stretch of each kind
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
    progress.step("warming up config swaps", stretch);
    var _ = written(stage, weir, Weir.POOL);
    var still = new ArrayList<Turn>();
    var elsewhere = new ArrayList<Turn>();
    var swapped = new ArrayList<Turn>();
    for (int pair = 1; pair <= pairs; pair++) {
      String which = "%d of %d, full load".formatted(pair, pairs);
      progress.step(which + " without config swaps", stretch);
      still.add(turn(stage, weir.running(), stretch));
      progress.result(described(still.getLast()));
      progress.step(which + " with writes that the agent does not hear of", stretch);
      elsewhere.add(written(stage, weir, Weir.OTHER_POOL));
      progress.result(described(elsewhere.getLast()));
      progress.step(which + " with config swaps", stretch);
      swapped.add(written(stage, weir, Weir.POOL));
      progress.result(described(swapped.getLast()));
    }
    add("failed", "requests", failed(swapped));
    add("requests", "requests", swapped.stream().mapToLong(turn -> turn.load().requests()).sum());
    add("count", "swaps", pairs * stretch.dividedBy(INTERVAL));
    ratio("p99_ratio", swapped, still);
    ratio("p99_ratio_of_agent", swapped, elsewhere);
    if (failed(still) > 0) {
      results.note("without config swaps %d requests failed".formatted(failed(still)));
    }
  }

  private void ratio(String what, List<Turn> to, List<Turn> from) {
    List<Double> ratios = Ratios.paired(to, from, turn -> turn.load().p99());
    results.figure(new FigureList.Single(name(what), "ratio", ratios));
  }

  /** Full load while a pool is written. */
  private Turn written(Stage stage, Weir.Controlled weir, String pool) throws InterruptedException {
    int port = weir.running().port();
    Process load = stage.wrk().start(port, "/" + cell.size(), cell.connections(), stretch);
    write(weir.controller().address(), pool);
    return new Turn(Wrk.await(load), CpuTime.NONE);
  }

  /**
   * Writes so often as the interval fits into a stretch.
   *
   * @throws io.grpc.StatusRuntimeException when the agent does not run the last one in the end
   */
  private void write(String controller, String name) {
    try (var admin = new Admin(controller)) {
      Resource pool = admin.get("Pool", name);
      long revision = 0;
      long start = System.nanoTime();
      long writes = stretch.dividedBy(INTERVAL);
      for (int done = 0; done < writes; done++) {
        LockSupport.parkNanos(start + done * INTERVAL.toNanos() - System.nanoTime());
        revision = admin.apply(weighted(pool, done % 2 == 0));
      }
      if (name.equals(Weir.POOL)) {
        admin.awaitCurrent(revision);
      }
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
