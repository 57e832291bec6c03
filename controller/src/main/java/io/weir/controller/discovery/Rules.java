package io.weir.controller.discovery;

import com.google.protobuf.Duration;
import io.weir.v1.DnsDiscovery;
import io.weir.v1.DnsType;
import java.util.List;
import java.util.Locale;

/**
 * A pool's {@link DnsDiscovery} with the defaults filled in, as resources.proto names them.
 *
 * @param name as a query's
 * @param port of A and AAAA
 * @param weight of A and AAAA
 * @param least between two questions for the same, ns
 * @param most likewise, ns
 * @param keep how long an address stays after it was last seen, ns
 * @param servers none: the host's own
 * @param max endpoints
 */
public record Rules(
    String name,
    DnsType type,
    int port,
    int weight,
    int priority,
    long least,
    long most,
    long keep,
    List<String> servers,
    int max) {
  private static final Duration LEAST = Duration.newBuilder().setSeconds(5).build();
  private static final long MOST = 300_000_000_000L;
  private static final int MAX = 1_000;

  public Rules {
    servers = List.copyOf(servers);
  }

  /** {@code spec} is valid. */
  public static Rules of(DnsDiscovery spec) {
    long least = nanos(spec.hasMinInterval() ? spec.getMinInterval() : LEAST);
    return new Rules(
        normal(spec.getName()),
        spec.getType() == DnsType.DNS_TYPE_UNSPECIFIED
            ? DnsType.DNS_TYPE_ADDRESSES
            : spec.getType(),
        spec.getPort(),
        spec.hasWeight() ? spec.getWeight() : 1,
        spec.getPriority(),
        least,
        spec.hasMaxInterval() ? nanos(spec.getMaxInterval()) : Math.max(least, MOST),
        nanos(spec.getKeep()),
        spec.getServersList(),
        spec.getMax() == 0 ? MAX : spec.getMax());
  }

  private static long nanos(Duration duration) {
    return duration.getSeconds() * 1_000_000_000 + duration.getNanos();
  }

  /** As a query has it. */
  public static String normal(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
