package io.weir.e2e.demo;

import static io.weir.e2e.demo.Stage.BACKUP;
import static io.weir.e2e.demo.Stage.ORIGIN_1;
import static io.weir.e2e.demo.Stage.ORIGIN_2;

import io.weir.e2e.live.Await;
import io.weir.e2e.load.Load;
import io.weir.e2e.load.Window;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The phases, one after the other, under load. Each makes a change, waits until both agents have
 * acked it and agree on every endpoint's health, and then measures how requests are shared.
 */
final class Scenario {
  /** Leaves a small machine enough room to answer health checks in time. */
  private static final int REQUESTS_PER_SECOND = 4_000;

  /** Enough to see two percentage points. */
  private static final long MEASURED_AT_LEAST = 2_000;

  /** Of the load's time, however long the change took. */
  private static final double MEASURED_PART = 0.05;

  /** Nobody sends there any more when that long nobody has. */
  private static final Duration LEFT = Duration.ofMillis(150);

  private static final Duration MEASURED_WITHIN = Duration.ofSeconds(60);
  private static final int PHASES = 7;

  private final Stage stage;
  private final Load load;
  private final Display display;
  private final Duration total;
  private final long beganNanos = System.nanoTime();
  private int number;

  private Scenario(Stage stage, Load load, Display display, Duration total) {
    this.stage = stage;
    this.load = load;
    this.display = display;
    this.total = total;
  }

  /**
   * Goes through all phases.
   *
   * @param total how long the load lasts; longer where the machine is too slow for it
   * @throws Await.TimedOut when something that has to happen did not
   */
  static Outcome run(Stage stage, Duration total, Display display) {
    try (var load = new Load(stage.agents(), REQUESTS_PER_SECOND)) {
      display.load(load);
      return new Scenario(stage, load, display, total).phases();
    }
  }

  private Outcome phases() {
    Phase split = phase("weights 1 : 2", shares(1, 2, 0), 0.16, () -> {});
    Phase weightChange =
        phase(
            "weight of " + ORIGIN_1 + " becomes 6",
            shares(6, 2, 0),
            0.32,
            () -> {
              stage.ctl("weight", Stage.POOL, stage.address(ORIGIN_1), "6");
              stage.settle(List.of());
            });
    load.mixed(true);
    var killed = new long[2];
    Phase firstKill =
        phase(
            "kill -9 " + ORIGIN_2,
            shares(1, 0, 0),
            0.48,
            () -> {
              killed[0] = stage.kill(ORIGIN_2);
              stage.settle(List.of(ORIGIN_2));
            });
    Phase secondKill =
        phase(
            "kill -9 " + ORIGIN_1 + " too",
            shares(0, 0, 1),
            0.62,
            () -> {
              killed[1] = stage.kill(ORIGIN_1);
              stage.settle(List.of(ORIGIN_1, ORIGIN_2));
            });
    load.mixed(false);
    Phase back =
        phase(
            "both are back",
            shares(6, 2, 0),
            0.78,
            () -> {
              stage.restart(List.of(ORIGIN_1, ORIGIN_2));
              stage.settle(List.of());
            });
    Phase controllerDown =
        phase("kill -9 the controller", shares(6, 2, 0), 0.92, stage::killController);
    Phase controllerBack =
        phase(
            "the controller is back",
            shares(6, 2, 0),
            1.0,
            () -> {
              stage.restartController();
              stage.settle(List.of());
              Await.until(
                  "enough requests",
                  MEASURED_WITHIN,
                  () -> load.requests() >= Verdict.REQUESTS_AT_LEAST - MEASURED_AT_LEAST);
            });
    // Only now is every request answered, and the counts final.
    load.close();
    return new Outcome(
        split,
        weightChange,
        firstKill,
        secondKill,
        back,
        controllerDown,
        controllerBack,
        List.of(failoverMillis(firstKill, killed[0]), failoverMillis(secondKill, killed[1])),
        load.connections());
  }

  /**
   * @param until the part of the load's time that has passed when this phase ends
   */
  private Phase phase(String name, Map<String, Double> declared, double until, Runnable change) {
    String title = "%d/%d %s".formatted(++number, PHASES, name);
    display.phase(title, declared);
    Window settling = load.next();
    change.run();
    awaitLeft(settling, declared);
    Window measured = load.next();
    long end =
        Math.max(
            beganNanos + (long) (total.toNanos() * until),
            System.nanoTime() + (long) (total.toNanos() * MEASURED_PART));
    Await.until(
        "the requests of " + title,
        MEASURED_WITHIN.plus(total),
        () -> System.nanoTime() - end >= 0 && measured.requests() >= MEASURED_AT_LEAST);
    var phase = new Phase(name, declared, settling, measured);
    display.say(line(title, phase));
    return phase;
  }

  /** What was decided reaches the agents a moment later: those without a share get nothing more. */
  private static void awaitLeft(Window settling, Map<String, Double> declared) {
    long[] seen = {-1, System.nanoTime()};
    Await.until(
        "the last request to those that are to get none",
        MEASURED_WITHIN,
        () -> {
          long now = System.nanoTime();
          long served =
              declared.entrySet().stream()
                  .filter(share -> share.getValue() == 0)
                  .mapToLong(share -> settling.served(share.getKey()))
                  .sum();
          if (served != seen[0]) {
            seen[0] = served;
            seen[1] = now;
          }
          return now - seen[1] >= LEFT.toNanos();
        });
  }

  private String line(String title, Phase phase) {
    return "[%5.1f s] %s: %s; %,d requests, %,d failed"
        .formatted(
            (System.nanoTime() - beganNanos) / 1e9,
            title,
            phase.declared().keySet().stream()
                .map(endpoint -> "%s %.1f %%".formatted(endpoint, 100 * phase.share(endpoint)))
                .collect(Collectors.joining(", ")),
            phase.requests(),
            phase.failed());
  }

  private static double failoverMillis(Phase phase, long killedNanos) {
    return Math.max(
        phase.settling().lastFailureMillis(killedNanos),
        phase.measured().lastFailureMillis(killedNanos));
  }

  private static Map<String, Double> shares(int first, int second, int backup) {
    double sum = first + second + backup;
    var shares = new LinkedHashMap<String, Double>();
    shares.put(ORIGIN_1, first / sum);
    shares.put(ORIGIN_2, second / sum);
    shares.put(BACKUP, backup / sum);
    return shares;
  }
}
