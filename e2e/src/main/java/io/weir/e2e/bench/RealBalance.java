package io.weir.e2e.bench;

import io.weir.e2e.live.Ports;
import io.weir.e2e.live.Programs;
import io.weir.e2e.sim.balance.Cell;
import io.weir.e2e.sim.balance.EmulatedEndpoints;
import io.weir.e2e.sim.balance.OpenLoop;
import io.weir.e2e.sim.balance.Scenario;
import io.weir.e2e.sim.balance.Window;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code weir bench balance --real}: groups of four proxies take turns over the same ten emulated
 * endpoints; in one round all get the same requests and the same stalls.
 */
record RealBalance(CommonOptions options) {
  static final int PROXIES = 4;
  static final double LOAD = 0.75;

  /**
   * How long it takes.
   *
   * @param compilingSeconds of load for Weir before the first round: a JVM compiles what it runs
   * @param window of each turn
   */
  private record Plan(int rounds, int compilingSeconds, Window window) {
    /** Each turn is a whole period of the stalls. */
    static final Plan FULL = new Plan(3, 12, new Window(3, 15));

    static final Plan QUICK = new Plan(1, 6, new Window(2, 7));

    Duration turn() {
      return Duration.ofSeconds(window.warmUpSeconds() + (long) window.seconds());
    }

    Duration total(int groups) {
      return START
          .multipliedBy(groups)
          .plusSeconds(compilingSeconds)
          .plus(turn().multipliedBy((long) groups * rounds));
    }
  }

  private static final Duration START = Duration.ofSeconds(4);

  /** Four proxies of one kind. */
  private record Group(String name, String described, List<Running> proxies) {
    List<Integer> ports() {
      return proxies.stream().map(Running::port).toList();
    }
  }

  int call() throws IOException, InterruptedException {
    Programs programs = Programs.locate();
    List<Integer> cpus = Cpus.here().allowed();
    if (cpus.size() < 2) {
      throw options.wrong("this benchmark needs two cores");
    }
    List<Installed> rivals =
        options.rivals(
            programs,
            List.of(Software.HAPROXY_LEASTCONN, Software.NGINX_LEAST_CONN, Software.NGINX_RANDOM));
    var entrants = new ArrayList<RealResults.Entrant>();
    var weir = new Weir(programs, new Template("weir-balance.yaml"), false);
    entrants.add(new RealResults.Entrant(Weir.NAME, weir.described() + " least_latency", weir));
    entrants.add(entrant("haproxy_leastconn", "leastconn", rivals.get(0)));
    entrants.add(entrant("nginx_least_conn", "least_conn", rivals.get(1)));
    entrants.add(entrant("nginx_random", "random two least_conn", rivals.get(2)));
    var results = new RealResults(entrants);
    Path work = Folders.temporary();
    var groups = new ArrayList<Group>();
    try (var endpoints = new EmulatedEndpoints(Scenario.REAL)) {
      Plan plan = options.quick ? Plan.QUICK : Plan.FULL;
      var progress = new Progress(options.out(), plan.total(entrants.size()));
      var layout = new Layout(1, cpus.get(0), cpus.get(1));
      for (RealResults.Entrant entrant : entrants) {
        progress.step("starting " + PROXIES + " of " + entrant.described(), START);
        groups.add(start(entrant, work, layout, endpoints.ports()));
      }
      progress.step("warming up", Duration.ofSeconds(plan.compilingSeconds()));
      turn(endpoints, groups.getFirst(), new Window(plan.compilingSeconds(), 0), 0);
      for (int round = 1; round <= plan.rounds(); round++) {
        for (Group group : groups) {
          progress.step(
              "round %d of %d: %s".formatted(round, plan.rounds(), group.described()), plan.turn());
          OpenLoop.Result result = turn(endpoints, group, plan.window(), round);
          results.add(group.name(), result);
          progress.result(RealResults.described(result));
        }
      }
    } finally {
      groups.forEach(group -> group.proxies().forEach(Running::close));
      Folders.delete(work);
    }
    return report(programs, results);
  }

  private int report(Programs programs, RealResults results) throws IOException {
    options.out().println(results.table());
    options.out().flush();
    var report = new BalanceReport("balance-real", options.command());
    Optional<Path> page = options.page(programs, BalanceBench.PAGE);
    if (page.isPresent()) {
      report.page(page.get(), results.contenders(), results.table());
    }
    return report.json(options.json(), results.figures(options.command()));
  }

  private static RealResults.Entrant entrant(String name, String policy, Installed program) {
    return new RealResults.Entrant(name, program.described() + " " + policy, program);
  }

  private static Group start(
      RealResults.Entrant entrant, Path work, Layout layout, List<Integer> endpoints) {
    var proxies = new ArrayList<Running>();
    for (int i = 0; i < PROXIES; i++) {
      Path folder = Folders.create(work, entrant.name() + "-" + i);
      var assignment =
          new Assignment(folder, Ports.free(), endpoints, layout, new Settings(false, false));
      try {
        proxies.add(entrant.contender().start(assignment));
      } catch (RuntimeException e) {
        proxies.forEach(Running::close);
        throw e;
      }
    }
    return new Group(entrant.name(), entrant.described(), List.copyOf(proxies));
  }

  private static OpenLoop.Result turn(
      EmulatedEndpoints endpoints, Group group, Window window, long seed) throws IOException {
    endpoints.restart(seed);
    var cell = new Cell(Scenario.REAL, PROXIES, LOAD);
    return OpenLoop.run(group.ports(), cell, window, seed);
  }
}
