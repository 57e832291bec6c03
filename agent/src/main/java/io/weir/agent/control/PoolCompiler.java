package io.weir.agent.control;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.model.Pool;
import io.weir.v1.PoolSpec;
import java.time.Duration;
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

  PoolCompiler(Refusals refusals) {
    this.refusals = refusals;
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
        health(spec),
        timeouts(spec.getTimeouts()),
        retries,
        new OutliersCompiler(refusals).compile(spec.getOutliers()));
  }

  private List<Endpoint> endpoints(PoolSpec spec) {
    int count = spec.getEndpointsCount();
    if (count < 1 || count > MAX_ENDPOINTS) {
      refusals.add(
          "endpoints", "a pool has 1 to " + MAX_ENDPOINTS + " endpoints; this one has " + count);
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
              endpoint.getDrain(),
              endpoint.getZone()));
    }
    return endpoints;
  }

  private Optional<HealthCheck> health(PoolSpec spec) {
    if (!spec.hasHealth()) {
      return Optional.empty();
    }
    io.weir.v1.HealthCheck check = spec.getHealth();
    Duration interval =
        refusals.range(
            "health.interval",
            check.hasInterval(),
            check.getInterval(),
            ofSeconds(2),
            ofMillis(100),
            ofHours(1));
    Duration unset = interval.compareTo(ofSeconds(1)) < 0 ? interval : ofSeconds(1);
    Duration timeout =
        refusals.range(
            "health.timeout",
            check.hasTimeout(),
            check.getTimeout(),
            unset,
            ofMillis(10),
            ofMinutes(1));
    if (timeout.compareTo(interval) > 0) {
      refusals.add(
          "health.timeout",
          "is %s; it must not be above the interval, which is %s"
              .formatted(Refusals.text(timeout), Refusals.text(interval)));
    }
    int rise = check.getRise() == 0 ? 2 : refusals.range("health.rise", check.getRise(), 1, 100);
    int fall = check.getFall() == 0 ? 3 : refusals.range("health.fall", check.getFall(), 1, 100);
    return Optional.of(new HealthCheck(probe(check), interval, timeout, rise, fall));
  }

  private Probe probe(io.weir.v1.HealthCheck check) {
    return switch (check.getProbeCase()) {
      case HTTP -> {
        String path = check.getHttp().getPath().isEmpty() ? "/" : check.getHttp().getPath();
        if (!path.matches("/[!-~]*") || path.indexOf('#') >= 0) {
          refusals.add(
              "health.http.path",
              "must begin with '/' and hold only visible ASCII characters other than '#'");
        }
        String host = check.getHttp().getHost();
        if (!host.matches("[!-.0-~]*")) {
          refusals.add("health.http.host", "must be a host, or host and port");
        }
        yield new Probe.Http(path, host);
      }
      case TCP -> new Probe.Tcp();
      case PROBE_NOT_SET -> {
        if (check.getUnknownFields().asMap().isEmpty()) {
          refusals.add("health", "says not how to probe; it needs \"http\" or \"tcp\"");
        }
        yield new Probe.Tcp();
      }
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
