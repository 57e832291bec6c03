package io.weir.e2e.sim.membership;

import io.weir.agent.membership.MemberState;
import io.weir.agent.membership.Settings;
import io.weir.agent.membership.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** How long it takes until a crashed member is held dead. */
public final class Crashes {
  private static final long SECOND = 1_000_000_000L;

  private Crashes() {}

  /**
   * Each in order of size.
   *
   * @param first s until one member held it dead
   * @param all s until every live member did
   */
  public record Times(List<Double> first, List<Double> all) {
    public Times {
      first = first.stream().sorted().toList();
      all = all.stream().sorted().toList();
    }

    static double mean(List<Double> values) {
      return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
    }

    static double p99(List<Double> values) {
      return values.get((int) Math.ceil(values.size() * 0.99) - 1);
    }
  }

  /**
   * One after the other, each coming back before the next.
   *
   * @throws IllegalStateException when one is not noticed by all within a minute
   */
  public static Times run(Settings settings, Network network, int size, int crashes, long seed) {
    var random = new SplittableRandom(seed);
    List<Double> first = new ArrayList<>();
    List<Double> all = new ArrayList<>();
    var holders =
        new Object() {
          int victim = -1;
          int count;
          long firstAt;
        };
    var fleet =
        new Fleet(
            settings,
            network,
            size,
            random.nextLong(),
            (_, event, now) -> {
              if (event instanceof Step.Event.Became b
                  && b.now() instanceof MemberState.Dead
                  && holders.victim >= 0
                  && b.name().equals(Fleet.name(holders.victim))) {
                holders.firstAt = holders.count++ == 0 ? now : holders.firstAt;
              }
            });
    for (int i = 0; i < size; i++) {
      fleet.start(i, 0, 1, 2);
    }
    fleet.runUntil(20 * SECOND);
    for (int c = 0; c < crashes; c++) {
      fleet.runUntil(fleet.now() + random.nextLong(SECOND));
      int victim = random.nextInt(size);
      long began = fleet.now();
      holders.victim = victim;
      holders.count = 0;
      fleet.crash(victim);
      while (holders.count < size - 1) {
        fleet.runUntil(fleet.now() + SECOND / 200);
        if (fleet.now() - began > 60 * SECOND) {
          throw new IllegalStateException(
              "seed %d: only %d of %d hold %s dead"
                  .formatted(seed, holders.count, size - 1, Fleet.name(victim)));
        }
      }
      first.add((holders.firstAt - began) / 1e9);
      all.add((fleet.now() - began) / 1e9);
      holders.victim = -1;
      fleet.start(victim, (victim + 1) % size, (victim + 2) % size);
      fleet.runUntil(fleet.now() + 5 * SECOND);
    }
    return new Times(first, all);
  }
}
