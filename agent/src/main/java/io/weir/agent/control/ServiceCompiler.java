package io.weir.agent.control;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;

import io.weir.agent.model.Limits;
import io.weir.agent.model.Service;
import io.weir.v1.ClientTimeouts;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Size;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What a listener does, by its protocol, with every default filled in. Pure. */
final class ServiceCompiler {
  private static final int MAX_TRUSTED_HOPS = 16;
  private static final int MAX_FIELDS = 1_000;
  private static final long KIB = 1 << 10;

  private final Refusals refusals;

  /** Names of those that there are. */
  private final Set<String> pools;

  ServiceCompiler(Refusals refusals, Set<String> pools) {
    this.refusals = refusals;
    this.pools = pools;
  }

  /** Meaningful only when no refusal was added; an HTTP service has no routes yet. */
  Service compile(ListenerSpec spec) {
    return switch (spec.getProtocol()) {
      case PROTOCOL_TCP ->
          new Service.Tcp(onePool(spec, "tcp"), idle(spec, Service.Tcp.DEFAULT_IDLE_TIMEOUT));
      case PROTOCOL_UDP ->
          new Service.Udp(onePool(spec, "udp"), idle(spec, Service.Udp.DEFAULT_IDLE_TIMEOUT));
      // One that this agent does not know was refused as an unknown part.
      case PROTOCOL_UNSPECIFIED, PROTOCOL_HTTP, UNRECOGNIZED -> http(spec);
    };
  }

  private Service http(ListenerSpec spec) {
    if (!spec.getPool().isEmpty()) {
      refusals.add("pool", "is only for tcp and udp; with http, routes name the pools");
    }
    ClientTimeouts timeouts = spec.getTimeouts();
    return new Service.Http(
        List.of(),
        refusals.range("trusted_hops", spec.getTrustedHops(), 0, MAX_TRUSTED_HOPS),
        limits(spec.getLimits()),
        refusals.range(
            "timeouts.head",
            timeouts.hasHead(),
            timeouts.getHead(),
            Service.Http.DEFAULT_HEAD_TIMEOUT,
            ofMillis(100),
            ofMinutes(5)),
        idle(spec, Service.Http.DEFAULT_IDLE_TIMEOUT));
  }

  private Limits limits(io.weir.v1.Limits limits) {
    Limits unset = Limits.DEFAULT;
    int head = size("limits.head", limits.hasHead(), limits.getHead(), unset.head(), KIB, 64 * KIB);
    int target =
        size(
            "limits.target",
            limits.hasTarget(),
            limits.getTarget(),
            Math.min(unset.target(), head),
            256,
            32 * KIB);
    if (target > head) {
      refusals.add(
          "limits.target",
          "is %s; it must not be above head, which is %s"
              .formatted(Refusals.text(target), Refusals.text(head)));
    }
    int fields =
        limits.getFields() == 0
            ? unset.fields()
            : refusals.range("limits.fields", limits.getFields(), 1, MAX_FIELDS);
    long body =
        refusals.range(
            "limits.body", limits.hasBody(), limits.getBody(), Limits.NONE, 1, Long.MAX_VALUE);
    return new Limits(head, target, fields, body);
  }

  private int size(String field, boolean isSet, Size size, int unset, long min, long max) {
    return (int) refusals.range(field, isSet, size, unset, min, max);
  }

  private Duration idle(ListenerSpec spec, Duration unset) {
    return refusals.range(
        "timeouts.idle",
        spec.getTimeouts().hasIdle(),
        spec.getTimeouts().getIdle(),
        unset,
        ofMillis(1),
        ofHours(24));
  }

  private String onePool(ListenerSpec spec, String protocol) {
    if (spec.getPool().isEmpty()) {
      refusals.add("pool", "is missing; a " + protocol + " listener needs one");
    } else if (!pools.contains(spec.getPool())) {
      refusals.add("pool", "there is no pool \"" + spec.getPool() + "\"");
    }
    only(spec.getRoutesCount() > 0, "routes", protocol);
    only(spec.getTrustedHops() != 0, "trusted_hops", protocol);
    only(spec.hasLimits(), "limits", protocol);
    only(spec.getTimeouts().hasHead(), "timeouts.head", protocol);
    return spec.getPool();
  }

  private void only(boolean isSet, String field, String protocol) {
    if (isSet) {
      refusals.add(field, "is only for http, and this listener is " + protocol);
    }
  }
}
