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
  private static final long WARM_UP = 15 * SECOND;

  private final Cell cell;
  private final Farm farm;
  private final ProxyBalancer[] proxies;
  private final Requests requests = new Requests();
  private final Latencies latencies = new Latencies();
  private final long measuredUntil;
  private long timedOut;

  private Simulation(Cell cell, Farm farm, ProxyBalancer[] proxies, long measuredUntil) {
    this.cell = cell;
    this.farm = farm;
    this.proxies = proxies;
    this.measuredUntil = measuredUntil;
  }

  /**
   * Runs a contender through a cell.
   *
   * @param seconds of virtual time in which requests arrive that are measured, after 15 s in which
   *     they are not
   */
  public static Outcome run(Contender contender, Cell cell, int seconds, long seed) {
    return run((BalancerSource) contender, cell, seconds, seed);
  }

  static Outcome run(BalancerSource contender, Cell cell, int seconds, long seed) {
    Scenario scenario = cell.scenario();
    var seeds = new SplittableRandom(seed);
    SplittableRandom arrivals = seeds.split();
    SplittableRandom choices = seeds.split();
    List<Pace> paces = scenario.paces(seeds.split());
    Farm farm = Farm.of(scenario.discipline(), paces, scenario.cores());
    var proxies = new ProxyBalancer[cell.proxies()];
    Arrays.setAll(proxies, i -> contender.balancer(farm, scenario, choices.split()));
    double capacity = scenario.cores() * paces.stream().mapToDouble(Pace::meanSpeed).sum();
    double gap = scenario.work().meanNanos() / (capacity * cell.load());
    return new Simulation(cell, farm, proxies, WARM_UP + seconds * SECOND).all(arrivals, gap);
  }

  private Outcome all(SplittableRandom arrivals, double gap) {
    Work work = cell.scenario().work();
    // Until the last request that is measured is over, under the same load as before.
    long end = measuredUntil + cell.scenario().timeoutNanos();
    double at = 0;
    for (long now = 0; now < end; now = (long) at) {
      int proxy = arrivals.nextInt(proxies.length);
      double amount = work.draw(arrivals);
      happenUntil(now);
      int request = requests.begin(proxy, now);
      int server = proxies[proxy].pick(request, now);
      requests.at(request, server);
      farm.arrive(request, server, amount, now);
      at -= gap * Math.log1p(-arrivals.nextDouble());
    }
    happenUntil(end);
    return Outcome.of(latencies, timedOut);
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
    if (began >= WARM_UP && began < measuredUntil) {
      latencies.record(now - began);
      timedOut += answered ? 0 : 1;
    }
  }
}
