package io.weir.e2e.sim.health;

import io.weir.agent.health.Assignment;
import io.weir.agent.health.Assignment.Place;
import io.weir.agent.health.Conclusions;
import io.weir.agent.health.Conclusions.Conclusion;
import io.weir.agent.health.Effective;
import io.weir.agent.health.HealthWatch;
import io.weir.agent.health.Target;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.Pool;
import io.weir.agent.report.ObservationMessages;
import io.weir.controller.health.Check;
import io.weir.controller.health.Effect;
import io.weir.controller.health.Member;
import io.weir.controller.health.Settings;
import io.weir.controller.health.Verdict;
import io.weir.controller.health.VerdictBoard;
import io.weir.e2e.sim.fleet.Probing;
import io.weir.e2e.sim.kernel.VirtualTime;
import io.weir.v1.HealthReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * Weir's own agents and controller: {@link HealthWatch} in every agent, {@link VerdictBoard} in the
 * controller, and between them streams that take their time. A verdict reaches agents once it is
 * durable.
 */
final class SharedProbes {
  /** Of one message between agent and controller, ns. */
  private static final long LEAST_DELAY = 200_000;

  private static final long MEAN_MORE = 300_000;

  /** How long an agent waits for more to tell before it tells of a doubt. */
  private static final long COALESCE = 5_000_000;

  /** Until a decision is durable. */
  private static final long COMMIT = 5_000_000;

  private static final long REPORT_INTERVAL = Duration.ofSeconds(1).toNanos();
  private static final long DELIVERY = Duration.ofMillis(50).toNanos();
  private static final int ENDPOINTS_PER_POOL = 100;

  private final Scenario scenario;
  private final VirtualTime time = new VirtualTime();
  private final Random random;
  private final ProbePath path;
  private final Tally tally;
  private final BiPredicate<Integer, Long> cutOff;
  private final VerdictBoard board = new VerdictBoard(Settings.DEFAULT);
  private final List<Pool> pools;
  private final Map<Target, Integer> numbers = new HashMap<>();
  private final List<Agent> agents = new ArrayList<>();
  private final Verdicts verdicts = new Verdicts();
  private long version;

  /** What was decided for the fleet, against what is true. */
  static final class Verdicts {
    private long ejections;
    private long falseEjections;
    private final Map<String, Long> asymmetries = new TreeMap<>();

    /** Endpoints that were taken out for everybody. */
    long ejections() {
      return ejections;
    }

    /** Of those, endpoints that lived. */
    long falseEjections() {
      return falseEjections;
    }

    /** How often each agent was named as one that does not reach an endpoint that others reach. */
    Map<String, Long> asymmetries() {
      return asymmetries;
    }
  }

  /** What came of it. */
  record Result(Tally.Result tally, Verdicts verdicts, List<Long> ejectedByOne) {}

  /**
   * @param cutOff whether an agent, by its number, reaches no endpoint at that time
   */
  private SharedProbes(Scenario scenario, BiPredicate<Integer, Long> cutOff) {
    this.scenario = scenario;
    this.cutOff = cutOff;
    Deaths deaths = new Deaths(scenario);
    this.path = new ProbePath(scenario, deaths, new Random(scenario.seed() + 1));
    this.random = new Random(scenario.seed() + 2);
    this.tally = new Tally(scenario, deaths);
    this.pools = pools(scenario);
    this.deaths = deaths;
  }

  private final Deaths deaths;

  static Result run(Scenario scenario, BiPredicate<Integer, Long> cutOff) {
    SharedProbes fleet = new SharedProbes(scenario, cutOff);
    fleet.begin();
    fleet.time.runTo(scenario.length().toNanos());
    return new Result(
        fleet.tally.result(),
        fleet.verdicts,
        fleet.agents.stream().map(agent -> agent.ejectedByItself).toList());
  }

  private static List<Pool> pools(Scenario scenario) {
    HealthCheck check =
        new HealthCheck(
            new HealthCheck.Probe.Tcp(),
            scenario.interval(),
            scenario.timeout(),
            scenario.rise(),
            scenario.fall());
    List<Pool> pools = new ArrayList<>();
    for (int first = 0; first < scenario.endpoints(); first += ENDPOINTS_PER_POOL) {
      List<Endpoint> endpoints = new ArrayList<>();
      for (int i = first; i < Math.min(first + ENDPOINTS_PER_POOL, scenario.endpoints()); i++) {
        endpoints.add(new Endpoint("10.0.0.1:" + (1 + i), "10.0.0.1", 1 + i, 1, 0, false));
      }
      pools.add(
          new Pool(
              "pool-" + pools.size(),
              endpoints,
              new Pool.Balance.LeastLatency(),
              Optional.of(check),
              new Pool.Timeouts(
                  Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1)),
              2));
    }
    return pools;
  }

  private void begin() {
    Map<String, VerdictBoard.PoolCheck> checks = new TreeMap<>();
    for (Pool pool : pools) {
      checks.put(
          pool.name(),
          new VerdictBoard.PoolCheck(
              new Check(
                  scenario.rise(),
                  scenario.fall(),
                  scenario.interval().toNanos(),
                  scenario.timeout().toNanos()),
              pool.endpoints().stream().map(Endpoint::address).toList()));
      for (Endpoint endpoint : pool.endpoints()) {
        numbers.put(new Target(pool.name(), endpoint.address()), endpoint.port() - 1);
      }
    }
    perform(board.declare(checks, 0));
    for (int i = 0; i < scenario.agents(); i++) {
      agents.add(new Agent(i));
    }
    for (Agent agent : agents) {
      perform(board.member(new Member(agent.name, "", true, true, 0, checks.keySet()), 0));
    }
    board.reassign();
    agents.forEach(Agent::begin);
  }

  private int number(Target target) {
    return numbers.getOrDefault(target, -1);
  }

  private long delay() {
    return LEAST_DELAY + (long) (-Math.log(1 - random.nextDouble()) * MEAN_MORE);
  }

  private void perform(List<Effect> effects) {
    for (Effect effect : effects) {
      switch (effect) {
        case Effect.Verify verify -> {
          Agent agent = agents.get(Integer.parseInt(verify.agent().substring(1)));
          List<Target> targets =
              verify.targets().stream()
                  .map(target -> new Target(target.pool(), target.endpoint()))
                  .toList();
          time.after(delay(), () -> agent.verify(targets));
        }
        case Effect.Judged judged -> judged(judged);
        case Effect.Frozen _, Effect.Trusted _ -> {}
      }
    }
    if (board.isUnassigned()) {
      time.after(DELIVERY, this::reassign);
    }
    long due = board.nextDue();
    if (due < nextTick) {
      nextTick = Math.max(due, time.now() + 1);
      long at = nextTick;
      time.at(at, () -> tick(at));
    }
  }

  private long nextTick = Long.MAX_VALUE;

  private void tick(long at) {
    if (at == nextTick) {
      nextTick = Long.MAX_VALUE;
      perform(board.tick(time.now()));
    }
  }

  private void reassign() {
    if (board.isUnassigned()) {
      for (String name : board.reassign()) {
        agents.get(Integer.parseInt(name.substring(1))).assign();
      }
    }
  }

  private void judged(Effect.Judged judged) {
    Target target = new Target(judged.target().pool(), judged.target().endpoint());
    int number = number(target);
    switch (judged.verdict()) {
      case Verdict.Unhealthy _ -> {
        verdicts.ejections++;
        verdicts.falseEjections += deaths.lives(number, time.now()) ? 1 : 0;
      }
      case Verdict.Asymmetric unreached ->
          unreached.agents().forEach(agent -> verdicts.asymmetries.merge(agent, 1L, Long::sum));
      case Verdict.Healthy _, Verdict.Unknown _ -> {}
    }
    Conclusions.Verdict verdict =
        switch (judged.verdict()) {
          case Verdict.Unhealthy _ -> Conclusions.Verdict.UNHEALTHY;
          case Verdict.Asymmetric _ -> Conclusions.Verdict.ASYMMETRIC;
          case Verdict.Healthy _ -> Conclusions.Verdict.HEALTHY;
          case Verdict.Unknown _ -> Conclusions.Verdict.UNKNOWN;
        };
    long commit = judged.isDecision() ? COMMIT : 0;
    time.after(
        commit,
        () -> {
          Conclusions conclusions =
              new Conclusions(
                  1,
                  ++version,
                  false,
                  Map.of(target, new Conclusion(verdict, version, judged.reason())),
                  Map.of());
          agents.forEach(agent -> time.after(delay(), () -> agent.conclude(conclusions)));
        });
  }

  private final class Agent {
    private final int number;
    private final String name;
    private final HealthWatch watch;
    private final Probing probing;
    private boolean telling;
    private long assignments;
    private long ejectedByItself;
    private final Set<Target> ejected = new HashSet<>();
    private final Map<Target, io.weir.agent.health.Observation> news = new HashMap<>();

    Agent(int number) {
      this.number = number;
      this.name = "a" + number;
      this.watch = new HealthWatch(new Random(scenario.seed() + 100 + number), 1_000);
      this.probing = new Probing(time, Runnable::run, watch, this::probe, this::told);
    }

    void begin() {
      watch.declare(pools, 0, time.now());
      watch.connected("sim", 1);
      assign();
      time.after(delay() + (long) (random.nextDouble() * REPORT_INTERVAL), this::reportAll);
    }

    private Probing.Result probe(Target target, long now) {
      tally.probed();
      if (cutOff.test(number, now)) {
        return new Probing.Result(Optional.of("timed out"), scenario.timeout().toNanos());
      }
      ProbePath.Outcome outcome = path.probe(number(target), now);
      return new Probing.Result(
          outcome.passed() ? Optional.empty() : Optional.of("no answer"), outcome.took());
    }

    private void told(HealthWatch.Outcome outcome) {
      for (Effective effective : outcome.changed()) {
        if (effective.health() != Health.UNHEALTHY) {
          ejected.remove(effective.target());
        } else if (ejected.add(effective.target())) {
          tally.ejected(number, number(effective.target()), time.now());
          ejectedByItself += effective.basis() == Effective.Basis.OWN_PROBES ? 1 : 0;
        }
      }
      outcome.news().forEach(observation -> news.put(observation.target(), observation));
      if (!telling && !news.isEmpty()) {
        telling = true;
        time.after(COALESCE, this::report);
      }
    }

    private void report() {
      telling = false;
      send(List.copyOf(news.values()), false);
      news.clear();
    }

    private void reportAll() {
      send(watch.observations(), true);
      time.after(REPORT_INTERVAL, this::reportAll);
    }

    private void send(List<io.weir.agent.health.Observation> observations, boolean complete) {
      HealthReport.Builder report = HealthReport.newBuilder().setComplete(complete);
      for (io.weir.agent.health.Observation observation : observations) {
        report.addObservations(
            ObservationMessages.of(observation, time.now(), Instant.ofEpochSecond(0, time.now())));
      }
      HealthReport sent = report.build();
      time.after(delay(), () -> perform(board.report(name, sent, time.now())));
    }

    void assign() {
      Map<Target, Place> places = new HashMap<>();
      board
          .assignment(name)
          .forEach(assigned ->
              places.put(
                  new Target(assigned.target().pool(), assigned.target().endpoint()),
                  new Place(assigned.place(), assigned.observers())));
      Assignment assignment = new Assignment(1, ++assignments, new Assignment.Share.Some(places));
      time.after(
          delay(),
          () -> {
            watch.assign(assignment, time.now() / 1_000_000, time.now());
            probing.settle();
          });
    }

    void verify(List<Target> targets) {
      watch.verify(targets, time.now());
      probing.settle();
    }

    void conclude(Conclusions conclusions) {
      watch.conclude(conclusions);
      probing.settle();
    }
  }
}
