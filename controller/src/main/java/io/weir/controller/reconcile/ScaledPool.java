package io.weir.controller.reconcile;

import io.weir.controller.health.Verdict;
import io.weir.controller.instances.AgentView;
import io.weir.controller.instances.Loads;
import io.weir.controller.instances.Situation.Health;
import io.weir.controller.model.Found;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Scaled;
import io.weir.controller.scaling.PerEndpoint;
import io.weir.controller.scaling.Sample;
import io.weir.v1.Endpoint;
import io.weir.v1.InstanceState;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.ScaledInstance;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One scaler's pool at a moment: which of its endpoints are instances and which are not, what the
 * fleet concludes of them, and what they carry.
 *
 * @param fixed endpoints of the first priority that are no instances and take requests
 * @param found addresses that DNS has
 * @param verdicts of fixed ones and instances, by address; what is not in it is not known
 */
record ScaledPool(
    String name,
    List<Endpoint> fixed,
    List<ScaledInstance> instances,
    boolean probed,
    boolean searching,
    Set<String> found,
    Map<String, String> zones,
    Map<String, Health> verdicts) {
  ScaledPool {
    fixed = List.copyOf(fixed);
    instances = List.copyOf(instances);
    found = Set.copyOf(found);
    zones = Map.copyOf(zones);
    verdicts = Map.copyOf(verdicts);
  }

  /**
   * @param adopting what DNS has counts as instances
   * @param verdict by address
   */
  static Optional<ScaledPool> of(
      Image image,
      String pool,
      List<ScaledInstance> instances,
      boolean adopting,
      Function<String, Verdict> verdict) {
    Optional<Resource> declared = image.config().get(ResourceKey.pool(pool));
    if (declared.isEmpty()) {
      return Optional.empty();
    }
    PoolSpec spec = declared.get().getPool().getSpec();
    Found its = image.found().get(pool);
    Set<String> found = new HashSet<>();
    if (spec.hasDiscovery() && its != null) {
      its.record().getEndpointsList().forEach(one -> found.add(one.getAddress()));
    }
    PoolSpec whole =
        spec.hasDiscovery() && its != null && !adopting
            ? Found.with(declared.get(), its.record().getEndpointsList()).getPool().getSpec()
            : spec;
    Set<Object> brought = new HashSet<>();
    instances.forEach(one -> brought.add(Scaled.key(one.getAddress())));
    List<Endpoint> fixed = new ArrayList<>();
    Map<String, String> zones = new HashMap<>();
    Map<String, Health> verdicts = new HashMap<>();
    for (Endpoint endpoint : whole.getEndpointsList()) {
      zones.put(endpoint.getAddress(), endpoint.getZone());
      if (!brought.contains(Scaled.key(endpoint.getAddress())) && isFirst(endpoint)) {
        fixed.add(endpoint);
        health(verdict.apply(endpoint.getAddress()))
            .ifPresent(health -> verdicts.put(endpoint.getAddress(), health));
      }
    }
    for (ScaledInstance one : instances) {
      // What is declared of an endpoint goes before, as with agents.
      zones.merge(one.getAddress(), one.getZone(), (said, told) -> said.isEmpty() ? told : said);
      health(verdict.apply(one.getAddress()))
          .ifPresent(health -> verdicts.put(one.getAddress(), health));
    }
    found.forEach(address ->
        health(verdict.apply(address)).ifPresent(health -> verdicts.put(address, health)));
    return Optional.of(
        new ScaledPool(
            pool, fixed, instances, spec.hasHealth(), spec.hasDiscovery(), found, zones, verdicts));
  }

  private static boolean isFirst(Endpoint endpoint) {
    return endpoint.getPriority() == 0
        && !endpoint.getDrain()
        && !endpoint.getMaintenance()
        && !(endpoint.hasWeight() && endpoint.getWeight() == 0);
  }

  private static Optional<Health> health(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Healthy _, Verdict.Asymmetric _ -> Optional.of(Health.HEALTHY);
      case Verdict.Unhealthy _ -> Optional.of(Health.UNHEALTHY);
      case Verdict.Unknown _ -> Optional.empty();
    };
  }

  private boolean isUsable(String address) {
    return verdicts.get(address) != Health.UNHEALTHY;
  }

  int count(InstanceState... states) {
    Set<InstanceState> wanted = Set.of(states);
    return (int) instances.stream().filter(one -> wanted.contains(one.getState())).count();
  }

  /** Endpoints that take requests. */
  int serving() {
    return fixed.size() + count(InstanceState.INSTANCE_STATE_SERVING);
  }

  /** What a recommender is asked by. */
  Sample sample(
      Loads loads,
      Collection<AgentView> agents,
      double coverage,
      boolean storeAgrees,
      int failedStarts,
      long now,
      Instant wall) {
    Map<String, Loads.Flow> flows = loads.flows(name, now);
    Set<String> going = new HashSet<>();
    List<String> usable = new ArrayList<>();
    fixed.stream().map(Endpoint::getAddress).filter(this::isUsable).forEach(usable::add);
    for (ScaledInstance one : instances) {
      switch (one.getState()) {
        case INSTANCE_STATE_SERVING -> {
          if (isUsable(one.getAddress())) {
            usable.add(one.getAddress());
          }
        }
        case INSTANCE_STATE_DRAINING, INSTANCE_STATE_ENDING -> going.add(one.getAddress());
        case INSTANCE_STATE_STARTING, INSTANCE_STATE_UNSPECIFIED, UNRECOGNIZED -> {}
      }
    }
    double inFlight = 0;
    double rate = 0;
    double failures = 0;
    double retries = 0;
    for (Map.Entry<String, Loads.Flow> each : flows.entrySet()) {
      // What is left at those that go needs nobody else.
      inFlight += going.contains(each.getKey()) ? 0 : each.getValue().inFlight();
      rate += each.getValue().rate();
      failures += each.getValue().failures();
      retries += each.getValue().retries();
    }
    List<PerEndpoint> each =
        usable.stream()
            .map(address -> {
              Loads.Flow flow = flows.getOrDefault(address, new Loads.Flow(0, 0, 0, 0));
              return new PerEndpoint(
                  address, zones.getOrDefault(address, ""), flow.inFlight(), flow.rate());
            })
            .toList();
    int starting = count(InstanceState.INSTANCE_STATE_STARTING);
    return new Sample(
        now,
        wall,
        serving() + starting,
        usable.size(),
        starting,
        going.size(),
        inFlight,
        loads.queued(name, now),
        rate,
        failures,
        retries,
        loads.latencies(name),
        coverage,
        storeAgrees,
        failedStarts,
        each);
  }
}
