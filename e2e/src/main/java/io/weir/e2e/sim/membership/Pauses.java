package io.weir.e2e.sim.membership;

import io.weir.agent.membership.MemberState;
import io.weir.agent.membership.Settings;
import io.weir.agent.membership.Step;
import java.util.SplittableRandom;

/** Members that stand still now and then, as a stopped or starved process does. None crashes. */
public final class Pauses {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000L;

  private Pauses() {}

  /**
   * How often a member came to hold another dead.
   *
   * @param whileRunning the other one ran at that moment: wrong
   * @param whilePaused it stood still: for as long as that, a pause and a crash are the same
   * @param pauses that there were
   */
  public record Deaths(long whileRunning, long whilePaused, long pauses) {
    Deaths plus(Deaths other) {
      return new Deaths(
          whileRunning + other.whileRunning,
          whilePaused + other.whilePaused,
          pauses + other.pauses);
    }
  }

  /**
   * The pauses depend on the seed only: at any time {@code share} of the members, 1 to 3 s each.
   */
  public static Deaths run(
      Settings settings, Network network, int size, double share, int seconds, long seed) {
    var random = new SplittableRandom(seed);
    SplittableRandom faults = random.split();
    long[] deaths = new long[3];
    Fleet[] fleets = new Fleet[1];
    var fleet =
        new Fleet(
            settings,
            network,
            size,
            random.nextLong(),
            (_, event, _) -> {
              if (event instanceof Step.Event.Became b && b.now() instanceof MemberState.Dead) {
                deaths[fleets[0].paused(Fleet.host(b.name())) ? 1 : 0]++;
              }
            });
    fleets[0] = fleet;
    for (int i = 0; i < size; i++) {
      fleet.start(i, 0, 1, 2);
    }
    fleet.runUntil(20 * SECOND);
    long meanRun = (long) (2 * SECOND * (1 - share) / share);
    for (int i = 0; i < size; i++) {
      int host = i;
      SplittableRandom own = faults.split();
      var next =
          new Object() {
            void in(long nanos) {
              fleet.at(
                  fleet.now() + nanos,
                  () -> {
                    long pause = (1_000 + own.nextLong(2_001)) * MILLI;
                    deaths[2]++;
                    fleet.pause(host, pause);
                    in(pause + run());
                  });
            }

            long run() {
              return 1 + (long) (-Math.log(1 - own.nextDouble()) * meanRun);
            }
          };
      next.in(next.run());
    }
    fleet.runUntil((20 + seconds) * SECOND);
    return new Deaths(deaths[0], deaths[1], deaths[2]);
  }
}
