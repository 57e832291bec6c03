package io.weir.controller.health;

import com.google.protobuf.Timestamp;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointLoad;
import io.weir.v1.EndpointStatus;
import io.weir.v1.HealthReport;
import io.weir.v1.LoadReport;
import io.weir.v1.Observation;
import io.weir.v1.PoolStatus;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who holds what of which endpoint. Bounded by the endpoints declared times the agents connected:
 * what is said of anything else is dropped. One thread at a time.
 */
public final class ObservationBoard {
  private static final int MAX_REASON = 256;
  private static final Comparator<Timestamp> SINCE =
      Comparator.comparingLong(Timestamp::getSeconds).thenComparingInt(Timestamp::getNanos);

  private record Target(String pool, String endpoint) {}

  /** What one agent last said. */
  private static final class Reports {
    private final Map<Target, Observation> health = new HashMap<>();
    private final Map<Target, EndpointLoad> load = new HashMap<>();
  }

  private final Map<String, Reports> agents = new HashMap<>();
  // Addresses by pool, in the order declared.
  private Map<String, Set<String>> declared = Map.of();

  /** From now on only the endpoints of {@code config} count. */
  public void declare(Config config) {
    Map<String, Set<String>> next = new HashMap<>();
    config
        .of(Kind.POOL)
        .forEach(pool -> {
          Set<String> addresses = new LinkedHashSet<>();
          for (Endpoint endpoint : pool.getPool().getSpec().getEndpointsList()) {
            addresses.add(endpoint.getAddress());
          }
          next.put(pool.getMetadata().getName(), addresses);
        });
    declared = next;
    for (Reports reports : agents.values()) {
      reports.health.keySet().removeIf(target -> !isDeclared(target));
      reports.load.keySet().removeIf(target -> !isDeclared(target));
    }
  }

  private boolean isDeclared(Target target) {
    return declared.getOrDefault(target.pool(), Set.of()).contains(target.endpoint());
  }

  /** Returns the pools of which {@code agent} now holds something else. */
  public Set<String> report(String agent, HealthReport report) {
    Map<Target, Observation> health = reports(agent).health;
    Map<Target, Observation> said = new HashMap<>();
    for (Observation observation : report.getObservationsList()) {
      Target target = new Target(observation.getPool(), observation.getEndpoint());
      if (isDeclared(target)) {
        said.put(target, bounded(observation));
      }
    }
    Set<String> changed = new HashSet<>();
    if (report.getComplete()) {
      health.keySet().stream()
          .filter(target -> !said.containsKey(target))
          .forEach(target -> changed.add(target.pool()));
      health.keySet().retainAll(said.keySet());
    }
    said.forEach((target, observation) -> {
      Observation before = health.put(target, observation);
      if (before == null
          || before.getHealth() != observation.getHealth()
          || !before.getReason().equals(observation.getReason())) {
        changed.add(target.pool());
      }
    });
    return changed;
  }

  public void report(String agent, LoadReport report) {
    Map<Target, EndpointLoad> load = reports(agent).load;
    for (EndpointLoad endpoint : report.getEndpointsList()) {
      Target target = new Target(endpoint.getPool(), endpoint.getEndpoint());
      if (isDeclared(target)) {
        load.put(target, endpoint);
      }
    }
  }

  /** When it is no longer connected. Returns the pools of which it held something. */
  public Set<String> forget(String agent) {
    Reports reports = agents.remove(agent);
    Set<String> pools = new HashSet<>();
    if (reports != null) {
      reports.health.keySet().forEach(target -> pools.add(target.pool()));
      reports.load.keySet().forEach(target -> pools.add(target.pool()));
    }
    return pools;
  }

  /** Of every endpoint declared, in that order. */
  public PoolStatus status(String pool) {
    PoolStatus.Builder status = PoolStatus.newBuilder();
    for (String address : declared.getOrDefault(pool, Set.of())) {
      status.addEndpoints(status(new Target(pool, address)));
    }
    return status.build();
  }

  private EndpointStatus status(Target target) {
    EndpointStatus.Builder status = EndpointStatus.newBuilder().setAddress(target.endpoint());
    Observation failure = null;
    for (Reports reports : agents.values()) {
      Observation observation = reports.health.get(target);
      if (observation != null) {
        switch (observation.getHealth()) {
          case HEALTH_HEALTHY -> status.setHealthy(status.getHealthy() + 1);
          case HEALTH_UNHEALTHY -> {
            status.setUnhealthy(status.getUnhealthy() + 1);
            failure = later(failure, observation);
          }
          case HEALTH_UNKNOWN, HEALTH_UNSPECIFIED, UNRECOGNIZED ->
              status.setUnknown(status.getUnknown() + 1);
        }
      }
      EndpointLoad load = reports.load.get(target);
      if (load != null) {
        status
            .setInFlight(status.getInFlight() + load.getInFlight())
            .setRequests(status.getRequests() + load.getRequests())
            .setFailures(status.getFailures() + load.getFailures());
      }
    }
    return failure == null ? status.build() : status.setReason(failure.getReason()).build();
  }

  private static Observation later(@Nullable Observation one, Observation other) {
    return one == null || SINCE.compare(one.getSince(), other.getSince()) < 0 ? other : one;
  }

  private static Observation bounded(Observation observation) {
    String reason = observation.getReason();
    return reason.length() <= MAX_REASON
        ? observation
        : observation.toBuilder().setReason(reason.substring(0, MAX_REASON)).build();
  }

  private Reports reports(String agent) {
    return agents.computeIfAbsent(agent, _ -> new Reports());
  }
}
