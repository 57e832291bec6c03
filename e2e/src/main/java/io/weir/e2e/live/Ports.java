package io.weir.e2e.live;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Free ports of the loopback address. */
public final class Ports {
  /** Below the range that kernels take the ports of outgoing connections from. */
  private static final int FROM = 18_000;

  private static final int TO = 32_000;
  private static final int ATTEMPTS = 1_000;

  private Ports() {}

  /** A port that nobody listens on now, and that no outgoing connection will take later. */
  public static int free() {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = ThreadLocalRandom.current().nextInt(FROM, TO);
      try (var socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (IOException taken) {
        // Then another one.
      }
    }
    throw new IllegalStateException("no free port between " + FROM + " and " + TO);
  }
}
