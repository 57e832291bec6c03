package io.weir.cli.view;

import com.google.protobuf.Duration;
import io.weir.cli.yaml.Durations;
import io.weir.cli.yaml.Sizes;
import io.weir.v1.ClientTimeouts;
import io.weir.v1.HeaderEdits;
import io.weir.v1.Limits;
import io.weir.v1.ListenerSpec;
import io.weir.v1.RouteRule;
import io.weir.v1.Size;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** What a listener does, with its defaults filled in. */
record ListenerView(ListenerSpec spec) {
  private static final int HEAD_BYTES = 32 << 10;
  private static final int TARGET_BYTES = 8 << 10;
  private static final int FIELDS = 128;

  /** As in YAML. */
  String protocol() {
    return switch (spec.getProtocol()) {
      case PROTOCOL_UNSPECIFIED, PROTOCOL_HTTP -> "http";
      case PROTOCOL_TCP, PROTOCOL_UDP ->
          spec.getProtocol().name().substring("PROTOCOL_".length()).toLowerCase(Locale.ROOT);
      case UNRECOGNIZED -> String.valueOf(spec.getProtocolValue());
    };
  }

  /** Otherwise everything goes to one pool. */
  boolean isHttp() {
    return spec.getPool().isEmpty();
  }

  String limits() {
    Limits limits = spec.getLimits();
    long head = limits.hasHead() ? limits.getHead().getBytes() : HEAD_BYTES;
    return "head %s, target %s, fields %d, body %s"
        .formatted(
            Sizes.format(head),
            size(limits.hasTarget(), limits.getTarget(), Math.min(TARGET_BYTES, head)),
            limits.getFields() == 0 ? FIELDS : limits.getFields(),
            limits.hasBody() ? Sizes.format(limits.getBody().getBytes()) : "any");
  }

  String timeouts() {
    ClientTimeouts timeouts = spec.getTimeouts();
    String head = isHttp() ? "head " + time(timeouts.hasHead(), timeouts.getHead(), 10) + ", " : "";
    int idle =
        switch (spec.getProtocol()) {
          case PROTOCOL_UNSPECIFIED, PROTOCOL_HTTP, UNRECOGNIZED -> 75;
          case PROTOCOL_TCP -> 600;
          case PROTOCOL_UDP -> 60;
        };
    return head + "idle " + time(timeouts.hasIdle(), timeouts.getIdle(), idle);
  }

  /** One line for each change to a header field. */
  static List<String> edits(RouteRule rule) {
    List<String> edits = new ArrayList<>();
    edits(edits, "request", rule.getRequestHeaders());
    edits(edits, "response", rule.getResponseHeaders());
    return edits;
  }

  private static void edits(List<String> all, String of, HeaderEdits edits) {
    edits.getRemoveList().forEach(name -> all.add(Table.clean(of + ": remove " + name)));
    new TreeMap<>(edits.getSetMap())
        .forEach((name, value) -> all.add(Table.clean(of + ": set " + name + ": " + value)));
    new TreeMap<>(edits.getAddMap())
        .forEach((name, value) -> all.add(Table.clean(of + ": add " + name + ": " + value)));
  }

  private static String size(boolean isSet, Size size, long unset) {
    return Sizes.format(isSet ? size.getBytes() : unset);
  }

  private static String time(boolean isSet, Duration duration, int unsetSeconds) {
    return Durations.format(
        isSet
            ? java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos())
            : java.time.Duration.ofSeconds(unsetSeconds));
  }
}
