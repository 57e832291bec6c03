package io.weir.e2e.sim.fleet;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.agent.control.Replica;
import io.weir.agent.health.Target;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Write;
import io.weir.v1.Decision;
import io.weir.v1.DecisionBatch;
import io.weir.v1.EndpointJudged;
import io.weir.v1.EndpointVerdict;
import io.weir.v1.Verdict;
import io.weir.v1.Verdicts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What must hold whatever happens:
 *
 * <ol>
 *   <li>No endpoint is ejected for the fleet that a majority of the live agents can reach, and
 *       could for a while.
 *   <li>No endpoint is declared healthy for the fleet that has been dead for a while.
 *   <li>Once nothing has changed for a while, what is dead is out, at every agent, and what all can
 *       reach is in.
 *   <li>An agent never goes back to an older revision, whoever offers it.
 *   <li>Only the controller of the newest term writes decisions, and their numbers grow one by one.
 *   <li>A pool is never without an endpoint to pick while one of those offered can be reached.
 *   <li>An agent that starts again runs at least what it last acknowledged.
 *   <li>Of several controllers at most one leads, each by its own clock.
 *   <li>A write that was acknowledged, through whichever controller, is in the store from then on.
 *   <li>In the end one of them leads, the others follow it, and every agent runs what is declared.
 *   <li>Whatever DNS says, once something was found it is never nothing; an agent has of it what
 *       the store had at the revision that it runs, and in the end what DNS then has.
 * </ol>
 *
 * And what {@link StagedInvariants} and {@link ScaledInvariants} say.
 */
final class Invariants {
  /** Longer than it takes to find out, with all rounds of verification, ns. */
  private static final long A_WHILE = 6_000_000_000L;

  /** From when nothing changes any more to when everybody knows, ns. */
  private static final long SETTLED = 20_000_000_000L;

  /** An agent whose packets get lost may hold an endpoint unhealthy for so long, ns. */
  private static final long BY_CHANCE = 5_000_000_000L;

  private final World world;
  private final StagedInvariants staged;
  private final Map<String, Long> outSince = new HashMap<>();
  private final boolean tracing;
  private final List<String> trace = new ArrayList<>();
  private final Map<String, Long> acked = new HashMap<>();
  private final Map<String, Long> reachableSince = new HashMap<>();
  private @Nullable Broken first;
  private final Map<Long, Decision> known = new HashMap<>();
  private long lastDecision;
  private long decisions;
  private long checks;

  Invariants(World world, boolean tracing) {
    this.world = world;
    this.tracing = tracing;
    this.staged = new StagedInvariants(world.time);
  }

  List<String> traced() {
    return trace;
  }

  long decisions() {
    return decisions;
  }

  /** How often anything was compared with what must be. */
  long checks() {
    return checks;
  }

  void trace(Supplier<String> line) {
    if (tracing) {
      trace.add("%9.3f s  %s".formatted(world.time.now() / 1e9, line.get()));
    }
  }

  /** Kept, since what is thrown inside of a process may be caught there. */
  private Broken broken(String what) {
    Broken now = new Broken("at %.3f s: %s".formatted(world.time.now() / 1e9, what));
    if (first == null) {
      first = now;
    }
    return now;
  }

  /** The first that was broken; null: none. */
  @Nullable Broken first() {
    return first;
  }

  void applied(SimAgent agent, Replica before, Replica next) {
    checks++;
    trace(() -> "%s runs revision %d".formatted(agent.name, next.revision()));
    if (next.epoch().equals(before.epoch()) && next.revision() < before.revision()) {
      throw broken(
          "%s went from revision %d back to revision %d"
              .formatted(agent.name, before.revision(), next.revision()));
    }
    holds(world.dns.wrong(next));
    holds(world.scaled.invariants.wrong(next));
    holds(staged.applied(agent.name, agent.labels(), next));
  }

  /** Anything else; a sentence where it does not. */
  void holds(Optional<String> wrong) {
    checks++;
    if (wrong.isPresent()) {
      throw broken(wrong.get());
    }
  }

  void acked(SimAgent agent, long revision) {
    acked.put(agent.name, revision);
  }

  void started(SimAgent agent) {
    checks++;
    if (agent.revision() < acked.getOrDefault(agent.name, 0L)) {
      throw broken(
          "%s had acked revision %d and lost it".formatted(agent.name, acked.get(agent.name)));
    }
  }

  void noneToPick(SimAgent agent, Pool pool) {
    checks++;
    for (Endpoint endpoint : pool.endpoints()) {
      if (endpoint.weight() > 0
          && !endpoint.drain()
          && world.origins.reachable(agent.name, endpoint.address())) {
        throw broken(
            "%s has no endpoint of pool %s to pick, though it reaches %s"
                .formatted(agent.name, pool.name(), endpoint.address()));
      }
    }
  }

  /** Something was committed; {@code term} is the newest. */
  void committed(List<Write> writes, long term) {
    checks++;
    staged
        .committed(writes)
        .ifPresent(wrong -> {
          throw broken(wrong);
        });
    for (Write write : writes) {
      if (write instanceof Write.Put put && put.key().startsWith("decisions/log/")) {
        try {
          DecisionBatch.parseFrom(put.value())
              .getDecisionsList()
              .forEach(decision -> decided(decision, term));
        } catch (InvalidProtocolBufferException e) {
          throw broken("%s holds no decisions".formatted(put.key()));
        }
      }
    }
  }

  private void decided(Decision decision, long term) {
    checks++;
    decisions++;
    trace(() -> "decision " + String.join(" ", decision.toString().split("\\s+")));
    if (decision.getTerm() != term) {
      throw broken(
          "term %d wrote decision %d while term %d had begun"
              .formatted(decision.getTerm(), decision.getNumber(), term));
    }
    // A commit whose answer got lost is made again.
    if (decision.getNumber() <= lastDecision && decision.equals(known.get(decision.getNumber()))) {
      return;
    }
    if (decision.getNumber() != lastDecision + 1) {
      throw broken("decision %d follows %d".formatted(decision.getNumber(), lastDecision));
    }
    known.put(decision.getNumber(), decision);
    lastDecision = decision.getNumber();
    // What was decided while the store was away is written once it is back.
    boolean fresh =
        (world.store.backSince() == 0 || world.time.now() - world.store.backSince() >= A_WHILE)
            && (world.cluster == Cluster.ONE
                || world
                    .leader()
                    .filter(leader -> leader.hasRunSince(world.time.now() - A_WHILE))
                    .isPresent());
    if (decision.hasEndpoint() && fresh) {
      judged(decision.getEndpoint());
    }
  }

  /** After everything that happens where there are several controllers. */
  void leading(List<SimController> controllers) {
    SimController leader = null;
    for (SimController each : controllers) {
      if (each.leads()) {
        if (leader != null) {
          throw broken("%s and %s both lead".formatted(leader.name, each.name));
        }
        leader = each;
      }
    }
  }

  /** What a transaction has lost of what was acknowledged before. */
  void kept(List<String> lost) {
    checks++;
    if (!lost.isEmpty()) {
      throw broken(lost.getFirst());
    }
  }

  private void judged(EndpointJudged judged) {
    String address = judged.getEndpoint();
    long now = world.time.now();
    switch (judged.getVerdict()) {
      case VERDICT_HEALTHY -> {
        if (!world.origins.isWell(address) && now - world.origins.since(address) >= A_WHILE) {
          throw broken(
              "%s was declared healthy, though it has been dead for %.1f s"
                  .formatted(address, (now - world.origins.since(address)) / 1e9));
        }
      }
      case VERDICT_UNHEALTHY,
          VERDICT_ASYMMETRIC,
          VERDICT_UNKNOWN,
          VERDICT_UNSPECIFIED,
          UNRECOGNIZED -> {}
    }
  }

  /** A controller that leads tells an agent of what was just concluded. */
  void told(SimController leader, Verdicts verdicts) {
    if (world.cluster == Cluster.SEVERAL && !leader.hasRunSince(world.time.now() - A_WHILE)) {
      // It goes on with what it was about to say before it was paused.
      return;
    }
    for (EndpointVerdict verdict : verdicts.getEndpointsList()) {
      if (verdict.getVerdict() == Verdict.VERDICT_UNHEALTHY) {
        checks++;
        ejected(verdict.getEndpoint());
      }
    }
  }

  private void ejected(String address) {
    long now = world.time.now();
    List<SimAgent> live = world.live();
    List<String> reach =
        live.stream()
            .filter(agent -> agent.hasRunSince(now - A_WHILE))
            .map(agent -> agent.name)
            .filter(name -> now - reachableSince(name, address) >= A_WHILE)
            .toList();
    if (reach.size() > live.size() / 2) {
      throw broken(
          "%s is ejected for all, though %s of %d live agents reach it"
              .formatted(address, reach, live.size()));
    }
  }

  private long reachableSince(String agent, String address) {
    return reachableSince.getOrDefault(agent + ">" + address, Long.MAX_VALUE / 2);
  }

  /** To be called whenever anything changed that decides who reaches what. */
  void look() {
    for (String agent : world.names()) {
      for (String address : world.origins.addresses()) {
        String key = agent + ">" + address;
        if (!world.origins.reachable(agent, address)) {
          reachableSince.remove(key);
        } else {
          reachableSince.putIfAbsent(key, world.time.now());
        }
      }
    }
  }

  /**
   * Now and then.
   *
   * @param disturbed when anything but an endpoint's condition last changed, ns
   */
  void settled(long disturbed) {
    long now = world.time.now();
    for (SimAgent agent : world.live()) {
      if (now - disturbed < SETTLED || !agent.hasRunSince(now - SETTLED)) {
        continue;
      }
      for (Pool pool : agent.pools()) {
        if (!Declared.isWhole(pool.name())) {
          continue;
        }
        for (Endpoint endpoint : pool.endpoints()) {
          String address = endpoint.address();
          if (now - world.origins.since(address) < SETTLED) {
            continue;
          }
          checks++;
          Target target = new Target(pool.name(), address);
          boolean out = agent.health(target) == Health.UNHEALTHY;
          if (!out && !world.origins.isWell(address) && world.mustKnow(agent, endpoint)) {
            throw broken(
                "%s still gives traffic to %s, which has been dead for %.1f s: %s"
                    .formatted(
                        agent.name,
                        target,
                        (now - world.origins.since(address)) / 1e9,
                        agent.why(target)));
          }
          String key = agent.name + ">" + target;
          if (!out) {
            outSince.remove(key);
          } else if (world.allReach(address)
              && now - outSince.computeIfAbsent(key, _ -> now) >= BY_CHANCE) {
            throw broken(
                "%s keeps traffic from %s, which every agent has reached for %.1f s: %s"
                    .formatted(
                        agent.name,
                        target,
                        (now - Math.max(disturbed, world.origins.since(address))) / 1e9,
                        agent.why(target)));
          }
        }
      }
    }
  }

  /**
   * At the end, when everything but some endpoints is well.
   *
   * @param config what agents are to run
   */
  void ended(List<Entry> config) {
    for (SimAgent agent : world.live()) {
      long newestRevision =
          config.stream()
              .filter(entry -> !staged.isLaidOver(entry.key(), agent.name, agent.labels()))
              .mapToLong(Entry::revision)
              .max()
              .orElse(0);
      checks++;
      if (!agent.isConnected()) {
        throw broken("%s has not come back to the controller".formatted(agent.name));
      }
      if (agent.revision() < newestRevision) {
        throw broken(
            "%s runs revision %d and not %d"
                .formatted(agent.name, agent.revision(), newestRevision));
      }
      staged
          .ended(agent.name, agent.labels(), agent.held())
          .ifPresent(wrong -> {
            throw broken(wrong);
          });
    }
    if (world.scaled.isPresent()) {
      holds(world.scaled.invariants.ended());
    }
    if (world.cluster == Cluster.SEVERAL) {
      led();
      holds(world.dns.unfound());
    }
  }

  private void led() {
    SimController leader = world.leader().orElseThrow(() -> broken("nobody leads in the end"));
    for (SimController each : world.controllers()) {
      checks++;
      if (each.judge().filter(leader::equals).isEmpty()) {
        throw broken("%s does not follow %s in the end".formatted(each.name, leader.name));
      }
    }
  }
}
