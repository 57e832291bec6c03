package io.weir.e2e.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Measures all contenders: every layout is a stage, every cell so many rounds, every round one turn
 * for each.
 *
 * @param origin the nginx that serves the bodies
 * @param contenders Weir first
 * @param serve requests that Weir has to have served before its memory is read
 */
record BenchRun(
    Plan plan,
    Path work,
    Installed origin,
    List<Contender> contenders,
    long serve,
    Progress progress,
    Results results) {
  private static final int LONGEST = 400;
  private static final Duration SERVING = Duration.ofSeconds(60);
  private static final Duration COUNTED = Duration.ofSeconds(1);
  private static final int IDLE_SECONDS = 3;
  private static final int ALLOCATING_SECONDS = 3;

  void all() throws InterruptedException {
    for (Layout layout : plan.layouts()) {
      progress.step(
          "starting " + contenders.size() + " proxies, " + layout.described(), Plan.START);
      try (var stage = new Stage(work, layout, plan.settings(), origin)) {
        start(stage);
        measure(stage, layout);
      }
    }
  }

  private void start(Stage stage) throws InterruptedException {
    for (Contender contender : contenders) {
      try {
        stage.add(contender.start(stage.assignment(contender)));
        results.contender(contender);
      } catch (RuntimeException e) {
        String why = sentence(e);
        results.note(contender.name() + " is left out: " + why);
        progress.result(contender.name() + " is left out: " + why);
      }
    }
  }

  /** On one line, without the folder that is different each time. */
  private String sentence(RuntimeException e) {
    String all = String.valueOf(e.getMessage()).replace(work + "/", "");
    String line = all.replaceAll("\\s+", " ").strip();
    return line.substring(0, Math.min(LONGEST, line.length()));
  }

  private void measure(Stage stage, Layout layout) throws InterruptedException {
    List<Cell> cells = plan.cells(layout);
    var warm = new HashSet<String>();
    for (Cell cell : cells) {
      // Another size is another path through the code, which the compiler has not seen yet.
      if (warm.add(cell.size())) {
        warmUp(stage, cell, warm.size() == 1);
      }
      for (int round = 1; round <= plan.rounds(); round++) {
        round(stage, cell, round);
      }
    }
    for (Running contender : stage.running()) {
      if (contender.name().equals(Weir.NAME)) {
        goOn(stage, contender, cells.getFirst());
      }
      results.rss(layout, contender.name(), contender.tree().rss());
    }
    progress.step("system calls, allocation", Plan.AFTER);
    countSystemCalls(stage, cells.getFirst());
    for (Running contender : stage.running()) {
      if (contender.name().equals(Weir.NAME)) {
        measureAllocation(stage, contender, cells.getFirst());
      }
    }
  }

  private void warmUp(Stage stage, Cell cell, boolean cold) throws InterruptedException {
    for (Running contender : stage.running()) {
      if (contender.name().equals(Weir.NAME)) {
        warmUp(stage, contender, cell, cold ? plan.warmUp() : plan.warmUp().again());
      } else if (cold) {
        warmUp(stage, contender, cell, Plan.NO_COMPILER);
      }
    }
  }

  private void warmUp(Stage stage, Running contender, Cell cell, WarmUp warmUp)
      throws InterruptedException {
    progress.step(
        "warming up %s with %s bodies".formatted(contender.name(), cell.size()), warmUp.least());
    var costs = new ArrayList<Double>();
    while (!warmUp.enough(costs)) {
      Turn turn = stage.turn(contender, "/" + cell.size(), cell.connections(), WarmUp.SLICE);
      costs.add(plan.measure().cost(turn));
      results.served(cell.layout(), contender.name(), turn.load().requests());
    }
  }

  private void round(Stage stage, Cell cell, int round) throws InterruptedException {
    for (Running contender : stage.running()) {
      progress.step(
          "%s, round %d of %d: %s"
              .formatted(cell.described(), round, plan.rounds(), contender.name()),
          plan.turn());
      Turn turn = stage.turn(contender, "/" + cell.size(), cell.connections(), plan.turn());
      results.turn(cell, contender.name(), turn);
      progress.result(
          turn.valid()
              ? "%.1f us CPU/%s (%.1f user), %,.0f/s, p99 %.2f ms"
                  .formatted(
                      plan.measure().cost(turn),
                      plan.measure().unit(),
                      plan.measure().userCost(turn),
                      plan.measure().rate(turn),
                      turn.load().p99() / 1000)
              : "failed: %d of %d requests answered with an error, %d socket errors"
                  .formatted(
                      turn.load().statusErrors(),
                      turn.load().requests(),
                      turn.load().socketErrors()));
    }
  }

  private void goOn(Stage stage, Running weir, Cell cell) throws InterruptedException {
    long served = results.servedBy(cell.layout(), Weir.NAME);
    while (served < serve) {
      progress.step("served %,d of %,d requests".formatted(served, serve), Duration.ZERO);
      Turn turn = stage.turn(weir, "/" + cell.size(), cell.connections(), SERVING);
      results.served(cell.layout(), Weir.NAME, turn.load().requests());
      long now = results.servedBy(cell.layout(), Weir.NAME);
      if (now == served) {
        results.note("weir serves no more after %,d requests".formatted(served));
        return;
      }
      served = now;
    }
  }

  private void countSystemCalls(Stage stage, Cell cell) {
    Optional<String> obstacle = SystemCalls.obstacle();
    if (obstacle.isPresent()) {
      results.note("system calls were not counted: " + obstacle.get());
      return;
    }
    for (Running contender : stage.running()) {
      List<String> load =
          stage.wrk().command(contender.port(), "/" + cell.size(), cell.connections(), COUNTED);
      try {
        SystemCalls.Counted counted = SystemCalls.during(load, contender.tree().pids());
        long requests = WrkResult.parse(counted.output()).requests();
        results.systemCalls(cell, contender.name(), (double) counted.calls() / requests);
      } catch (IllegalArgumentException e) {
        results.note(
            "system calls of " + contender.name() + " were not counted: " + e.getMessage());
      }
    }
  }

  /** What an idle agent allocates in the same time is taken off. */
  private void measureAllocation(Stage stage, Running weir, Cell cell) throws InterruptedException {
    try (var allocation = Allocation.of(weir.tree().root())) {
      // Being asked for the first time, it loads classes.
      allocation.bytes();
      var idle = new ArrayList<Double>();
      for (int second = 0; second < IDLE_SECONDS; second++) {
        long before = allocation.bytes();
        TimeUnit.SECONDS.sleep(1);
        idle.add((double) (allocation.bytes() - before));
      }
      var samples = new ArrayList<Double>();
      for (int second = 0; second < ALLOCATING_SECONDS; second++) {
        long began = System.nanoTime();
        long before = allocation.bytes();
        Turn turn = stage.turn(weir, "/" + cell.size(), cell.connections(), Duration.ofSeconds(1));
        long allocated = allocation.bytes() - before;
        double seconds = (System.nanoTime() - began) / 1e9;
        samples.add(
            Math.max(0, allocated - Ratios.median(idle) * seconds) / turn.load().requests());
      }
      results.figure(
          new FigureList.Single(
              plan.name() + ".alloc_bytes_per_request" + cell.layout().suffix(), "bytes", samples));
    } catch (IOException e) {
      results.note("allocation was not measured: " + e.getMessage());
    }
  }
}
