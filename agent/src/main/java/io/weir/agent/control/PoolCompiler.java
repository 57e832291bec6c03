package io.weir.agent.control;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import io.weir.v1.Force;
import io.weir.v1.PoolSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One pool's spec with every default filled in. Pure. */
final class PoolCompiler {
  private static final int MAX_ENDPOINTS = 4_096;
  private static final int MAX_WEIGHT = 65_535;
  private static final int MAX_PRIORITY = 127;

  private final Refusals refusals;
  private final ProbeAbility ability;

  PoolCompiler(Refusals refusals, ProbeAbility ability) {
    this.refusals = refusals;
    this.ability = ability;
  }

  /** Meaningful only when no refusal was added. */
  Pool compile(String name, PoolSpec spec) {
    BalanceCompiler balancing = new BalanceCompiler(refusals);
    int retries =
        spec.getRetries().hasAttempts()
            ? refusals.range("retries.attempts", spec.getRetries().getAttempts(), 0, 10)
            : 2;
    return new Pool(
        name,
        endpoints(spec),
        balancing.balance(spec.getBalance()),
        balancing.steering(spec),
        spec.hasHealth()
            ? Optional.of(new CheckCompiler(refusals, ability).compile(spec.getHealth()))
            : Optional.empty(),
        timeouts(spec.getTimeouts()),
        retries,
        new OutliersCompiler(refusals).compile(spec.getOutliers()),
        new CircuitCompiler(refusals).compile(spec.getCircuit()));
  }

  private List<Endpoint> endpoints(PoolSpec spec) {
    int count = spec.getEndpointsCount();
    // None at all: nothing has been discovered yet.
    if (count > MAX_ENDPOINTS) {
      refusals.add(
          "endpoints", "a pool has up to " + MAX_ENDPOINTS + " endpoints; this one has " + count);
    }
    List<Endpoint> endpoints = new ArrayList<>(count);
    Set<String> addresses = new HashSet<>();
    for (int i = 0; i < count; i++) {
      io.weir.v1.Endpoint endpoint = spec.getEndpoints(i);
      String at = "endpoints[" + i + "].";
      String address = endpoint.getAddress();
      Optional<HostPort> parsed = HostPort.parse(address).filter(a -> a.port() > 0);
      if (parsed.isEmpty()) {
        refusals.add(
            at + "address",
            "\"%s\" is not an address; it must be \"host:port\", \"1.2.3.4:port\" or \"[2001:db8::1]:port\""
                .formatted(address));
      } else if (!addresses.add(address)) {
        refusals.add(at + "address", "\"" + address + "\" is there twice; each address once");
      }
      HostPort target = parsed.orElse(new HostPort("invalid", 1));
      endpoints.add(
          new Endpoint(
              address,
              target.host(),
              target.port(),
              endpoint.hasWeight()
                  ? refusals.range(at + "weight", endpoint.getWeight(), 0, MAX_WEIGHT)
                  : 1,
              refusals.range(at + "priority", endpoint.getPriority(), 0, MAX_PRIORITY),
              endpoint.getDrain() || endpoint.getMaintenance(),
              endpoint.getZone(),
              forced(endpoint.getForce())));
    }
    return endpoints;
  }

  private static Optional<Health> forced(Force force) {
    return switch (force) {
      case FORCE_HEALTHY -> Optional.of(Health.HEALTHY);
      case FORCE_UNHEALTHY -> Optional.of(Health.UNHEALTHY);
      case FORCE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty(); // refused as an unknown part
    };
  }

  private Pool.Timeouts timeouts(io.weir.v1.Timeouts timeouts) {
    return new Pool.Timeouts(
        refusals.range(
            "timeouts.connect",
            timeouts.hasConnect(),
            timeouts.getConnect(),
            ofSeconds(2),
            ofMillis(1),
            ofMinutes(5)),
        refusals.range(
            "timeouts.response",
            timeouts.hasResponse(),
            timeouts.getResponse(),
            ofSeconds(60),
            ofMillis(1),
            ofHours(24)),
        refusals.range(
            "timeouts.idle",
            timeouts.hasIdle(),
            timeouts.getIdle(),
            ofSeconds(60),
            ofMillis(1),
            ofHours(24)),
        timeouts.hasRequest()
            ? Optional.of(
                refusals.range(
                    "timeouts.request",
                    true,
                    timeouts.getRequest(),
                    ofHours(24),
                    ofMillis(1),
                    ofHours(24)))
            : Optional.empty());
  }
}
