package io.weir.controller.model;

import static io.weir.controller.model.Durations.millis;
import static io.weir.controller.model.Durations.minutes;
import static io.weir.controller.model.Sizes.kib;

import io.weir.v1.ClientTimeouts;
import io.weir.v1.Limits;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Protocol;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a listener does by its protocol; the ranges are those that resources.proto names. */
final class ServiceRules {
  private static final int MAX_HOPS = 16;
  private static final int MAX_FIELDS = 1_000;
  private static final long MAX_HEAD = kib(64);
  private static final long DEFAULT_HEAD = kib(32);
  private static final long MAX_TARGET = kib(32);
  private static final long DAY = minutes(24 * 60);

  private ServiceRules() {}

  static void check(ListenerSpec spec, Problems.On on) {
    switch (spec.getProtocol()) {
      case PROTOCOL_UNSPECIFIED, PROTOCOL_HTTP -> http(spec, on);
      case PROTOCOL_TCP, PROTOCOL_UDP -> onePool(spec, on);
      case UNRECOGNIZED ->
          on.add(
              "protocol",
              "%d is no protocol that this controller knows; it knows %s"
                  .formatted(
                      spec.getProtocolValue(),
                      Arrays.stream(Protocol.values())
                          .filter(known -> isDeclarable(known))
                          .map(ServiceRules::name)
                          .collect(Collectors.joining(", "))));
    }
    if (spec.getTimeouts().hasIdle()) {
      Durations.range(on, "timeouts.idle", spec.getTimeouts().getIdle(), millis(1), DAY);
    }
  }

  /** Routes lead somewhere. */
  static boolean isHttp(ListenerSpec spec) {
    return switch (spec.getProtocol()) {
      case PROTOCOL_UNSPECIFIED, PROTOCOL_HTTP, UNRECOGNIZED -> true;
      case PROTOCOL_TCP, PROTOCOL_UDP -> false;
    };
  }

  /** As it is written in YAML. */
  static String name(Protocol protocol) {
    return protocol.name().substring("PROTOCOL_".length()).toLowerCase(Locale.ROOT);
  }

  private static boolean isDeclarable(Protocol protocol) {
    return protocol != Protocol.PROTOCOL_UNSPECIFIED && protocol != Protocol.UNRECOGNIZED;
  }

  private static void http(ListenerSpec spec, Problems.On on) {
    if (!spec.getPool().isEmpty()) {
      on.add("pool", "is only for tcp and udp; with http write routes: [{pool: …}]");
    }
    on.range("trusted_hops", spec.getTrustedHops(), 0, MAX_HOPS);
    limits(spec.getLimits(), on);
    ClientTimeouts timeouts = spec.getTimeouts();
    if (timeouts.hasHead()) {
      Durations.range(on, "timeouts.head", timeouts.getHead(), millis(100), minutes(5));
    }
  }

  private static void limits(Limits limits, Problems.On on) {
    if (limits.hasHead()) {
      Sizes.range(on, "limits.head", limits.getHead(), kib(1), MAX_HEAD);
    }
    if (limits.hasTarget()) {
      Sizes.range(on, "limits.target", limits.getTarget(), 256, MAX_TARGET);
      long head = limits.hasHead() ? limits.getHead().getBytes() : DEFAULT_HEAD;
      if (limits.getTarget().getBytes() > head) {
        on.add(
            "limits.target",
            "must not be above head (%s), is %s"
                .formatted(Sizes.text(head), Sizes.text(limits.getTarget().getBytes())));
      }
    }
    if (limits.getFields() != 0) {
      on.range("limits.fields", limits.getFields(), 1, MAX_FIELDS);
    }
    if (limits.hasBody()) {
      Sizes.range(on, "limits.body", limits.getBody(), 1, Long.MAX_VALUE);
    }
  }

  private static void onePool(ListenerSpec spec, Problems.On on) {
    if (spec.getPool().isEmpty()) {
      on.add(
          "pool",
          "is missing; name the pool that this %s listener passes its clients on to"
              .formatted(name(spec.getProtocol())));
    }
    httpOnly(spec.getRoutesCount() > 0, "routes", spec, on);
    httpOnly(spec.getTrustedHops() != 0, "trusted_hops", spec, on);
    httpOnly(spec.hasLimits(), "limits", spec, on);
    httpOnly(spec.getTimeouts().hasHead(), "timeouts.head", spec, on);
  }

  private static void httpOnly(boolean declared, String field, ListenerSpec spec, Problems.On on) {
    if (declared) {
      on.add(
          field,
          "is only for http; this listener's protocol is %s, so leave it out"
              .formatted(name(spec.getProtocol())));
    }
  }
}
