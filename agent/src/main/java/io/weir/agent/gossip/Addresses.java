package io.weir.agent.gossip;

import io.weir.agent.control.HostPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Addresses of members as sockets take them. Host names are looked up aside, now and then; until
 * that is done they have none. For one thread.
 */
final class Addresses {
  private static final int CAPACITY = 20_000;
  private static final long AGAIN = 30_000_000_000L;

  private final Consumer<Runnable> loop;
  private final Map<String, Known> known =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > CAPACITY;
        }
      };

  /** {@code until}: when to look it up again, ns. */
  private record Known(Optional<InetSocketAddress> address, long until) {}

  /**
   * @param loop runs what is found out on the one thread
   */
  Addresses(Consumer<Runnable> loop) {
    this.loop = loop;
  }

  Optional<InetSocketAddress> of(String text, long now) {
    Known entry = known.get(text);
    if (entry != null && now - entry.until < 0) {
      return entry.address;
    }
    Optional<HostPort> parsed = HostPort.parse(text).filter(a -> a.port() > 0);
    if (parsed.isEmpty()) {
      return Optional.empty();
    }
    HostPort address = parsed.get();
    Optional<InetSocketAddress> before = entry == null ? Optional.empty() : entry.address;
    try {
      InetAddress literal = InetAddress.ofLiteral(address.host());
      before = Optional.of(new InetSocketAddress(literal, address.port()));
      known.put(text, new Known(before, Long.MAX_VALUE / 2 + now));
    } catch (IllegalArgumentException _) {
      known.put(text, new Known(before, now + AGAIN));
      Thread.ofVirtual().name("weir-gossip-dns").start(() -> lookUp(text, address));
    }
    return before;
  }

  private void lookUp(String text, HostPort address) {
    try {
      InetSocketAddress found =
          new InetSocketAddress(InetAddress.getByName(address.host()), address.port());
      loop.accept(() -> {
        Known entry = known.get(text);
        if (entry != null) {
          known.put(text, new Known(Optional.of(found), entry.until));
        }
      });
    } catch (UnknownHostException _) {
      // Stays as it was until it is looked up again.
    }
  }

  /** "host:port" of a socket. */
  static String text(InetSocketAddress address) {
    return new HostPort(address.getAddress().getHostAddress(), address.getPort()).toString();
  }

  /** Where a member is that says it hears others at {@code claimed} and is seen at {@code from}. */
  static String located(String claimed, InetSocketAddress from) {
    Optional<HostPort> address = HostPort.parse(claimed).filter(a -> a.port() > 0);
    if (address.isEmpty()) {
      return text(from);
    }
    boolean wildcard = address.get().host().equals("0.0.0.0") || address.get().host().equals("::");
    return wildcard
        ? new HostPort(from.getAddress().getHostAddress(), address.get().port()).toString()
        : claimed;
  }
}
