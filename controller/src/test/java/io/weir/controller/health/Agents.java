package io.weir.controller.health;

import com.google.protobuf.Duration;
import io.weir.controller.health.VerdictBoard.PoolCheck;
import io.weir.v1.HealthReport;
import io.weir.v1.Observation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/**
 * Agents around a board, in virtual time: each probes what it was given by the clock, repeats a
 * failed probe at once until {@code fall}, answers when asked, and is told apart only by what it
 * reaches. Each probe is over and reported within 10 ms.
 */
final class Agents {
  static final String POOL = "pool";
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1_000 * MILLI;
  static final Check CHECK = new Check(2, 3, SECOND, 200 * MILLI);

  private static final class Streak {
    int failures;
    int successes;
    long next;
  }

  final VerdictBoard board;
  final List<String> endpoints;
  final List<Effect> effects = new ArrayList<>();
  private final Map<String, Map<Target, Streak>> agents = new LinkedHashMap<>();
  private final Map<String, Map<Target, Boolean>> assigned = new HashMap<>();
  BiPredicate<String, String> reaches = (agent, endpoint) -> true;
  long now = 1_000 * SECOND;
  int probes;

  Agents(int count, int endpointCount) {
    board = new VerdictBoard(Settings.DEFAULT);
    endpoints =
        IntStream.range(0, endpointCount)
            .mapToObj(i -> "10.0.%d.%d:80".formatted(i / 250, i % 250))
            .toList();
    take(board.declare(Map.of(POOL, new PoolCheck(CHECK, endpoints)), now));
    for (int i = 0; i < count; i++) {
      join("agent-" + i);
    }
    assign();
  }

  void join(String name) {
    agents.put(name, new LinkedHashMap<>());
    take(board.member(member(name, true, true, 0), now));
  }

  static Member member(String name, boolean connected, boolean alive, int localHealth) {
    return new Member(name, "", connected, alive, localHealth, Set.of(POOL));
  }

  /** Its stream ends; its peers still hear it. */
  void cutOff(String name) {
    take(board.member(member(name, false, true, 0), now));
    agents.remove(name);
    assign();
  }

  private void assign() {
    for (String agent : board.reassign()) {
      Map<Target, Boolean> mine = new HashMap<>();
      board.assignment(agent).forEach(one -> mine.put(one.target(), true));
      assigned.put(agent, mine);
    }
  }

  void take(List<Effect> wanted) {
    effects.addAll(wanted);
    for (Effect effect : wanted) {
      if (effect instanceof Effect.Verify verify && agents.containsKey(verify.agent())) {
        verify.targets().forEach(target -> streak(verify.agent(), target).next = now);
      }
    }
  }

  private Streak streak(String agent, Target target) {
    return probed(agent).computeIfAbsent(target, _ -> new Streak());
  }

  private Map<Target, Streak> probed(String agent) {
    return agents.computeIfAbsent(agent, _ -> new LinkedHashMap<>());
  }

  Agents run(long nanos) {
    long end = now + nanos;
    while (now < end) {
      step();
      now += 10 * MILLI;
    }
    return this;
  }

  private void step() {
    take(board.tick(now));
    assign();
    for (String agent : List.copyOf(agents.keySet())) {
      HealthReport.Builder report = HealthReport.newBuilder();
      assigned
          .getOrDefault(agent, Map.of())
          .keySet()
          .forEach(target -> {
            if (!probed(agent).containsKey(target)) {
              streak(agent, target).next =
                  now + Math.floorMod((agent + target).hashCode(), 100) * 10L * MILLI;
            }
          });
      probed(agent)
          .forEach((target, streak) -> {
            if (streak.next <= now) {
              probe(agent, target, streak);
              report.addAllObservations(
                  says(target, streak.failures, streak.successes).getObservationsList());
            }
          });
      if (report.getObservationsCount() > 0) {
        take(board.report(agent, report.build(), now));
      }
    }
  }

  static HealthReport says(Target target, int failures, int successes) {
    return HealthReport.newBuilder()
        .addObservations(
            Observation.newBuilder()
                .setPool(target.pool())
                .setEndpoint(target.endpoint())
                .setFailures(failures)
                .setSuccesses(successes)
                .setReason(failures > 0 ? "refused" : "")
                .setProbed(Duration.getDefaultInstance()))
        .build();
  }

  private void probe(String agent, Target target, Streak streak) {
    probes++;
    if (reaches.test(agent, target.endpoint())) {
      streak.successes++;
      streak.failures = 0;
    } else {
      streak.failures++;
      streak.successes = 0;
    }
    boolean again = streak.failures > 0 && streak.failures < CHECK.fall();
    boolean mine =
        streak.failures > 0 || assigned.getOrDefault(agent, Map.of()).containsKey(target);
    streak.next = again ? now + 10 * MILLI : mine ? now + CHECK.interval() : Long.MAX_VALUE;
  }

  Verdict verdict(int endpoint) {
    return board.verdict(target(endpoint));
  }

  Target target(int endpoint) {
    return new Target(POOL, endpoints.get(endpoint));
  }

  List<Effect.Judged> judged() {
    return effects.stream()
        .filter(Effect.Judged.class::isInstance)
        .map(Effect.Judged.class::cast)
        .filter(Effect.Judged::isDecision)
        .toList();
  }

  <E extends Effect> List<E> effects(Class<E> type) {
    return effects.stream().filter(type::isInstance).map(type::cast).toList();
  }
}
