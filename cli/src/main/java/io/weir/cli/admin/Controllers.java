package io.weir.cli.admin;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The controllers of one cluster, any of which will do. */
public record Controllers(List<HostPort> addresses) {
  private static final int PATIENCE_MILLIS = 1_000;

  public Controllers {
    addresses = List.copyOf(addresses);
  }

  /** Separated by commas; empty: one of them is no address. */
  public static Optional<Controllers> parse(String text) {
    List<HostPort> addresses = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Optional<HostPort> address = HostPort.parse(part.strip());
      if (address.isEmpty()) {
        return Optional.empty();
      }
      addresses.add(address.get());
    }
    return Optional.of(new Controllers(addresses));
  }

  /**
   * The first that takes a connection; where none does, the first. Blocks, for at most {@code
   * timeout} or a second for each but the last.
   */
  public HostPort reachable(Duration timeout) {
    for (HostPort address : addresses.subList(0, addresses.size() - 1)) {
      if (accepts(address, (int) Math.min(timeout.toMillis(), PATIENCE_MILLIS))) {
        return address;
      }
    }
    HostPort last = addresses.getLast();
    return addresses.size() == 1
            || accepts(last, (int) Math.min(timeout.toMillis(), PATIENCE_MILLIS))
        ? last
        : addresses.getFirst();
  }

  private static boolean accepts(HostPort address, int millis) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.host(), address.port()), Math.max(1, millis));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
