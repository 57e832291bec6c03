package io.weir.e2e.sim.fleet;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import io.weir.agent.control.Replica;
import io.weir.controller.provision.Order;
import io.weir.controller.store.Store.Write;
import io.weir.v1.Decision;
import io.weir.v1.DecisionBatch;
import io.weir.v1.Endpoint;
import io.weir.v1.InstanceState;
import io.weir.v1.Resource;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What must hold of endpoints that come and go:
 *
 * <ol>
 *   <li>The hook is called only with a key that is in the store, and a decision has one key,
 *       whoever leads.
 *   <li>How many there are to be is within the bounds that are declared.
 *   <li>None serves that has never been up.
 *   <li>None is to end while a live agent has a request under way there or would still send one,
 *       unless its drain timeout is over; the hook is told to end only what the store has so; and
 *       nothing comes back from there.
 *   <li>Of its instances an agent runs what the store had at the revision that it runs, and sends
 *       requests to those that serve.
 *   <li>In the end there are as many as declared, at the provider, in the store and at the agents.
 * </ol>
 */
final class ScaledInvariants {
  private static final long SECOND = World.SECOND;

  /** So late a controller may still go by what was declared before, ns. */
  private static final long BELATED = 40 * SECOND;

  /** So late a controller may not have heard that an agent that was dead is back, ns. */
  private static final long UNHEARD = 15 * SECOND;

  /** From the last change of instances to when all agents have it, ns. */
  private static final long SETTLED = 5 * SECOND;

  private final World world;
  private final long drainTimeout;
  private final TreeMap<Long, Map<String, InstanceState>> written = new TreeMap<>();
  private final List<Bounds> bounds = new ArrayList<>();
  private final Map<String, Long> keys = new HashMap<>();
  private ScalerRecord record = ScalerRecord.getDefaultInstance();
  private long changed;
  private boolean clocksDiffer;
  private int settled;

  private record Bounds(long from, int min, int max) {}

  ScaledInvariants(World world, long drainTimeout) {
    this.world = world;
    this.drainTimeout = drainTimeout;
  }

  /** From now on nobody wants any other number. */
  void settlesAt(int number) {
    settled = number;
  }

  /** By what the store has nobody can tell any more how long ago anything was. */
  void clocksDiffer() {
    clocksDiffer = true;
  }

  /** How often it was decided that the hook is to be called. */
  int calls() {
    return keys.size();
  }

  /** Of what was committed; a sentence where it must not have been. */
  Optional<String> committed(List<Write> writes, long revision) {
    try {
      List<Decision> decisions = new ArrayList<>();
      ScalerRecord next = record;
      for (Write write : writes) {
        if (write instanceof Write.Put put) {
          if (put.key().equals(ScaledPool.SPEC)) {
            ScalerSpec spec = Resource.parseFrom(put.value()).getScaler().getSpec();
            bounds.add(new Bounds(world.time.now(), spec.getMin(), spec.getMax()));
          } else if (put.key().startsWith("decisions/log/")) {
            DecisionBatch.parseFrom(put.value()).getDecisionsList().stream()
                .filter(Decision::hasScale)
                .forEach(decisions::add);
          } else if (put.key().equals(ScaledPool.KEY)) {
            next = ScalerRecord.parseFrom(put.value());
          }
        }
      }
      return next.equals(record) ? Optional.empty() : became(next, decisions, revision);
    } catch (InvalidProtocolBufferException e) {
      return Optional.of("what the store has of the scaler cannot be read");
    }
  }

  private Optional<String> became(ScalerRecord next, List<Decision> decisions, long revision) {
    ScalerRecord before = record;
    record = next;
    if (!next.getInstancesList().equals(before.getInstancesList())) {
      changed = world.time.now();
      Map<String, InstanceState> states = new HashMap<>();
      next.getInstancesList().forEach(one -> states.put(one.getAddress(), asRun(one.getState())));
      states.remove("");
      written.put(revision, states);
      world.invariants.trace(() -> "instances " + told(next));
    }
    return key(before, next, decisions)
        .or(() -> number(before, next))
        .or(() -> moved(before, next));
  }

  private static String told(ScalerRecord record) {
    List<String> all = new ArrayList<>();
    record
        .getInstancesList()
        .forEach(one ->
            all.add(
                "%s %s %s"
                    .formatted(
                        one.getId(),
                        one.getAddress(),
                        one.getState().name().substring("INSTANCE_STATE_".length()))));
    return all + " of " + record.getDesired();
  }

  private Optional<String> key(ScalerRecord before, ScalerRecord next, List<Decision> decisions) {
    String key = next.getCall().getKey();
    if (!next.hasCall() || key.equals(before.getCall().getKey())) {
      return Optional.empty();
    }
    if (decisions.size() != 1) {
      return Optional.of(
          "the hook is to be called with key %s, and %d decisions came with it"
              .formatted(key, decisions.size()));
    }
    Long other = keys.putIfAbsent(key, decisions.getFirst().getNumber());
    return other == null
        ? Optional.empty()
        : Optional.of(
            "decisions %d and %d have one key".formatted(other, decisions.getFirst().getNumber()));
  }

  private Optional<String> number(ScalerRecord before, ScalerRecord next) {
    if (next.getDecision() == before.getDecision()) {
      return Optional.empty();
    }
    long now = world.time.now();
    for (int i = 0; i < bounds.size(); i++) {
      long until = i + 1 < bounds.size() ? bounds.get(i + 1).from : now;
      Bounds each = bounds.get(i);
      if (now - until <= BELATED
          && next.getDesired() >= each.min
          && next.getDesired() <= each.max) {
        return Optional.empty();
      }
    }
    return Optional.of(
        "decision %d wants %d endpoints, and it was %s"
            .formatted(next.getDecision(), next.getDesired(), bounds.getLast()));
  }

  private Optional<String> moved(ScalerRecord before, ScalerRecord next) {
    Map<String, ScaledInstance> then = new HashMap<>();
    before.getInstancesList().forEach(one -> then.put(one.getId(), one));
    for (ScaledInstance one : next.getInstancesList()) {
      ScaledInstance was = then.getOrDefault(one.getId(), ScaledInstance.getDefaultInstance());
      if (was.getState() == one.getState()) {
        continue;
      }
      if (was.getState() == InstanceState.INSTANCE_STATE_ENDING) {
        return Optional.of("%s was to end and is %s".formatted(one.getId(), one.getState()));
      }
      Optional<String> wrong =
          switch (one.getState()) {
            case INSTANCE_STATE_SERVING ->
                world.scaled.cloud.hasStarted(one.getAddress())
                    ? Optional.empty()
                    : Optional.of(one.getAddress() + " serves, and was never up");
            case INSTANCE_STATE_ENDING -> early(was);
            case INSTANCE_STATE_STARTING,
                INSTANCE_STATE_DRAINING,
                INSTANCE_STATE_UNSPECIFIED,
                UNRECOGNIZED ->
                Optional.empty();
          };
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return Optional.empty();
  }

  /** Whether it is told to end before its time. */
  private Optional<String> early(ScaledInstance one) {
    if (one.getState() == InstanceState.INSTANCE_STATE_DRAINING
        && (clocksDiffer || world.time.now() - nanos(one.getSince()) >= drainTimeout)) {
      return Optional.empty();
    }
    for (SimAgent agent : world.live()) {
      long under = agent.requests().at(one.getAddress());
      boolean offers = agent.requests().offers(one.getAddress());
      if ((under > 0 || offers) && !isHeldDead(agent.name)) {
        return Optional.of(
            "%s is to end, and %s %s"
                .formatted(
                    one.getAddress(),
                    agent.name,
                    under > 0 ? "has %d under way there".formatted(under) : "still sends there"));
      }
    }
    return Optional.empty();
  }

  private static long nanos(Timestamp at) {
    return (at.getSeconds() - SimController.EPOCH.getEpochSecond()) * SECOND + at.getNanos();
  }

  /** By one of the others, rightly or not, now or not long ago. */
  private boolean isHeldDead(String agent) {
    long since = world.time.now() - UNHEARD;
    return world.live().stream().anyMatch(other -> other.heldDead(agent) >= since);
  }

  /** Of what the provider was told. */
  Optional<String> called(Order order, List<String> ids) {
    if (!keys.containsKey(order.key())) {
      return Optional.of("the hook is called with key %s of no decision".formatted(order.key()));
    }
    Set<String> stay = new HashSet<>();
    for (ScaledInstance one : record.getInstancesList()) {
      if (one.getState() != InstanceState.INSTANCE_STATE_ENDING) {
        stay.add(one.getId());
      }
    }
    for (String id : ids) {
      if (stay.contains(id)) {
        return Optional.of("the hook is told to end %s, which is not to end".formatted(id));
      }
    }
    return Optional.empty();
  }

  /** Whether an agent has what was there as of its revision; a sentence where not. */
  Optional<String> wrong(Replica next) {
    Map<String, InstanceState> is = at(next.revision());
    return runs(next)
        .filter(runs -> !runs.equals(is))
        .map(
            runs -> "revision %d has instances %s and not %s".formatted(next.revision(), runs, is));
  }

  /** Instances as the agent's pool has them; empty: it has no such pool. */
  private static Optional<Map<String, InstanceState>> runs(Replica replica) {
    for (Resource resource : replica.resources().values()) {
      if (resource.hasPool() && resource.getMetadata().getName().equals(ScaledPool.POOL)) {
        Map<String, InstanceState> runs = new HashMap<>();
        for (Endpoint endpoint : resource.getPool().getSpec().getEndpointsList()) {
          if (!endpoint.getAddress().equals(ScaledPool.FIXED)) {
            runs.put(endpoint.getAddress(), state(endpoint));
          }
        }
        return Optional.of(runs);
      }
    }
    return Optional.empty();
  }

  /** What agents are to run at a revision. */
  private Map<String, InstanceState> at(long revision) {
    Map.Entry<Long, Map<String, InstanceState>> then = written.floorEntry(revision);
    return then == null ? Map.of() : then.getValue();
  }

  private static InstanceState asRun(InstanceState state) {
    return state == InstanceState.INSTANCE_STATE_ENDING
        ? InstanceState.INSTANCE_STATE_DRAINING
        : state;
  }

  private static InstanceState state(Endpoint endpoint) {
    if (endpoint.getDrain()) {
      return InstanceState.INSTANCE_STATE_DRAINING;
    }
    return endpoint.hasWeight() && endpoint.getWeight() == 0
        ? InstanceState.INSTANCE_STATE_STARTING
        : InstanceState.INSTANCE_STATE_SERVING;
  }

  /** Of a request; a sentence where it must not go there. */
  Optional<String> sends(SimAgent agent, String address) {
    InstanceState state = at(agent.revision()).get(address);
    return state == InstanceState.INSTANCE_STATE_SERVING || address.equals(ScaledPool.FIXED)
        ? Optional.empty()
        : Optional.of(
            "%s sends a request to %s, which is %s".formatted(agent.name, address, state));
  }

  /** Whether all agree in the end; a sentence where not. */
  Optional<String> ended() {
    Set<String> has = new HashSet<>();
    record.getInstancesList().forEach(one -> has.add(one.getId()));
    boolean going =
        record.getInstancesList().stream()
            .anyMatch(one ->
                one.getState() != InstanceState.INSTANCE_STATE_STARTING
                    && one.getState() != InstanceState.INSTANCE_STATE_SERVING);
    if (has.size() + world.scaled.fixed() != settled || going || record.hasCall()) {
      return Optional.of(
          "there are to be %d endpoints, and in the end the store has %s%s, and the provider %s"
              .formatted(
                  settled,
                  told(record),
                  record.hasCall() ? " and calls the hook" : "",
                  world.scaled.cloud));
    }
    if (!has.equals(world.scaled.cloud.living())) {
      return Optional.of(
          "in the end the store has %s, and the provider %s".formatted(has, world.scaled.cloud));
    }
    if (world.time.now() - changed < SETTLED || written.isEmpty()) {
      return Optional.empty();
    }
    Map<String, InstanceState> newest = written.lastEntry().getValue();
    return world.live().stream()
        .filter(agent -> runs(agent.held()).filter(newest::equals).isEmpty())
        .map(agent ->
            "in the end %s runs %s and not %s".formatted(agent.name, runs(agent.held()), newest))
        .findFirst();
  }
}
