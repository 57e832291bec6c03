package io.weir.controller.model;

import static io.weir.controller.model.Durations.millis;
import static io.weir.controller.model.Durations.minutes;

import io.weir.v1.Endpoint;
import io.weir.v1.Force;
import io.weir.v1.PoolSpec;
import io.weir.v1.Timeouts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One pool by itself; the ranges are those that resources.proto names. */
final class PoolRules {
  private static final int MAX_ENDPOINTS = 4_096;
  private static final int MAX_WEIGHT = 65_535;
  private static final int MAX_PRIORITY = 127;
  private static final int MAX_ATTEMPTS = 10;
  private static final long DAY = minutes(24 * 60);

  private PoolRules() {}

  static void check(PoolSpec spec, Problems.On on) {
    if (spec.hasDiscovery()) {
      DiscoveryRules.check(spec.getDiscovery(), on);
    }
    endpoints(spec.getEndpointsList(), on);
    BalanceRules.check(spec, on);
    if (spec.hasHealth()) {
      CheckRules.check(spec.getHealth(), on);
    }
    OutlierRules.check(spec.getOutliers(), on);
    CircuitRules.check(spec.getCircuit(), on);
    timeouts(spec.getTimeouts(), on);
    if (spec.getRetries().hasAttempts()) {
      on.range("retries.attempts", spec.getRetries().getAttempts(), 0, MAX_ATTEMPTS);
    }
  }

  private static void endpoints(List<Endpoint> endpoints, Problems.On on) {
    if (endpoints.size() > MAX_ENDPOINTS) {
      on.add("endpoints", "has %d; at most %d".formatted(endpoints.size(), MAX_ENDPOINTS));
    }
    Map<Syntax.HostPort, Integer> seen = new HashMap<>();
    for (int i = 0; i < endpoints.size(); i++) {
      Endpoint endpoint = endpoints.get(i);
      String at = "endpoints[" + i + "]";
      Optional<Syntax.HostPort> address = Syntax.hostPort(endpoint.getAddress());
      if (address.isEmpty()) {
        on.add(at + ".address", address(endpoint.getAddress()));
      } else {
        Integer other = seen.putIfAbsent(address.get(), i);
        if (other != null) {
          on.add(
              at + ".address",
              "%s is also endpoints[%d]; each address once, use weight for a bigger share"
                  .formatted(endpoint.getAddress(), other));
        }
      }
      if (endpoint.hasWeight()) {
        on.range(at + ".weight", endpoint.getWeight(), 0, MAX_WEIGHT);
      }
      on.range(at + ".priority", endpoint.getPriority(), 0, MAX_PRIORITY);
      String zone = endpoint.getZone();
      if (!zone.isEmpty() && !Syntax.isLabel(zone)) {
        on.add(at + ".zone", Syntax.quote(zone) + " must be " + Syntax.LABEL_RULE);
      }
      if (endpoint.getForce() == Force.UNRECOGNIZED) {
        on.add(at + ".force", "must be healthy or unhealthy; leave it out for neither");
      }
    }
  }

  private static String address(String text) {
    return text.isEmpty()
        ? "is missing; write host:port"
        : Syntax.quote(text)
            + " is no address; write host:port, 1.2.3.4:port or [2001:db8::1]:port,"
            + " the port 1 to 65535";
  }

  private static void timeouts(Timeouts timeouts, Problems.On on) {
    if (timeouts.hasConnect()) {
      Durations.range(on, "timeouts.connect", timeouts.getConnect(), millis(1), minutes(5));
    }
    if (timeouts.hasResponse()) {
      Durations.range(on, "timeouts.response", timeouts.getResponse(), millis(1), DAY);
    }
    if (timeouts.hasRequest()) {
      Durations.range(on, "timeouts.request", timeouts.getRequest(), millis(1), DAY);
    }
    if (timeouts.hasIdle()) {
      Durations.range(on, "timeouts.idle", timeouts.getIdle(), millis(1), DAY);
    }
  }
}
