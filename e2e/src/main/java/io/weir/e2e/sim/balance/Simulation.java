package io.weir.e2e.sim.balance;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One contender in one cell. Arrivals and work are drawn from generators of their own, so that they
 * are the same for every contender with the same seed.
 */
public final class Simulation {
  private static final long SECOND = 1_000_000_000L;

  private final Cell cell;
  private final Farm farm;
  private final ProxyBalancer[] proxies;
  private final Requests requests = new Requests();
  private final Latencies latencies = new Latencies();
  private final long measuredFrom;
  private final long measuredUntil;
  private long timedOut;

  /** Requests under way that are measured. */
  private int measuring;

  private Simulation(Cell cell, Farm farm, ProxyBalancer[] proxies, Window window) {
    this.cell = cell;
    this.farm = farm;
    this.proxies = proxies;
    measuredFrom = window.warmUpSeconds() * SECOND;
    measuredUntil = measuredFrom + window.seconds() * SECOND;
  }

  /** Runs a contender through a cell. */
  public static Outcome run(Contender contender, Cell cell, Window window, long seed) {
    return run((BalancerSource) contender, cell, window, seed);
  }

  static Outcome run(BalancerSource contender, Cell cell, Window window, long seed) {
    Scenario scenario = cell.scenario();
    var seeds = new SplittableRandom(seed);
    SplittableRandom arrivals = seeds.split();
    SplittableRandom choices = seeds.split();
    List<Pace> paces = scenario.paces(seeds.split());
    Farm farm = Farm.of(scenario.discipline(), paces, scenario.cores());
    var proxies = new ProxyBalancer[cell.proxies()];
    Arrays.setAll(proxies, i -> contender.balancer(farm, scenario, choices.split()));
    return new Simulation(cell, farm, proxies, window).all(new Arrivals(cell, arrivals));
  }

  private Outcome all(Arrivals arrivals) {
    // Until the last request that is measured is over, under the same load as before.
    for (arrivals.next(); arrivals.at() < measuredUntil || measuring > 0; arrivals.next()) {
      long now = arrivals.at();
      happenUntil(now);
      int request = requests.begin(arrivals.proxy(), now);
      int server = proxies[arrivals.proxy()].pick(request, now);
      requests.at(request, server);
      farm.arrive(request, server, arrivals.work(), now);
      measuring += isMeasured(now) ? 1 : 0;
    }
    return Outcome.of(latencies, timedOut);
  }

  private boolean isMeasured(long began) {
    return began >= measuredFrom && began < measuredUntil;
  }

  /** Everything but arrivals. */
  private void happenUntil(long now) {
    long timeout = cell.scenario().timeoutNanos();
    while (true) {
      long done = farm.nextDone();
      long givenUp = requests.oldestBegan() + timeout;
      if (Math.min(done, givenUp) > now) {
        return;
      }
      if (done <= givenUp) {
        int request = farm.finish();
        if (requests.waitedFor(request)) {
          over(request, done, true);
        }
        requests.remove(request);
      } else {
        over(requests.oldest(), givenUp, false);
      }
    }
  }

  private void over(int request, long now, boolean answered) {
    requests.over(request);
    long began = requests.began(request);
    proxies[requests.proxy(request)].done(request, requests.server(request), began, answered, now);
    if (isMeasured(began)) {
      measuring--;
      latencies.record(now - began);
      timedOut += answered ? 0 : 1;
    }
  }
}
