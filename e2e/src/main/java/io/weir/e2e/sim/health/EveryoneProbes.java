package io.weir.e2e.sim.health;

import io.weir.e2e.sim.kernel.VirtualTime;
import java.util.Random;

/**
 * Every proxy probes every endpoint by itself and goes by what it sees, as HAProxy does with {@code
 * check inter 1s fall 3 rise 2} (its documentation, section 5.2: "inter", "fall", "rise"): a server
 * is down after {@code fall} failures in a row and up after {@code rise} successes in a row. The
 * first check of each server comes at a random moment of the interval.
 */
final class EveryoneProbes {
  private final Scenario scenario;
  private final VirtualTime time = new VirtualTime();
  private final ProbePath path;
  private final Tally tally;
  private final boolean[] down;

  /** Of outcomes that speak against what it is held to be, in a row. */
  private final byte[] run;

  private EveryoneProbes(Scenario scenario) {
    this.scenario = scenario;
    Deaths deaths = new Deaths(scenario);
    this.path = new ProbePath(scenario, deaths, new Random(scenario.seed() + 1));
    this.tally = new Tally(scenario, deaths);
    this.down = new boolean[scenario.agents() * scenario.endpoints()];
    this.run = new byte[down.length];
  }

  static Tally.Result run(Scenario scenario) {
    EveryoneProbes contender = new EveryoneProbes(scenario);
    Random random = new Random(scenario.seed() + 2);
    long interval = scenario.interval().toNanos();
    for (int i = 0; i < contender.down.length; i++) {
      int which = i;
      contender.time.at((long) (random.nextDouble() * interval), () -> contender.probe(which));
    }
    contender.time.runTo(scenario.length().toNanos());
    return contender.tally.result();
  }

  private void probe(int which) {
    tally.probed();
    int endpoint = which % scenario.endpoints();
    ProbePath.Outcome outcome = path.probe(endpoint, time.now());
    if (outcome.passed() != down[which]) {
      run[which] = 0;
    } else {
      time.after(outcome.took(), () -> contrary(which, endpoint));
    }
    time.after(scenario.interval().toNanos(), () -> probe(which));
  }

  private void contrary(int which, int endpoint) {
    run[which]++;
    if (run[which] >= (down[which] ? scenario.rise() : scenario.fall())) {
      run[which] = 0;
      down[which] = !down[which];
      if (down[which]) {
        tally.ejected(which / scenario.endpoints(), endpoint, time.now());
      }
    }
  }
}
