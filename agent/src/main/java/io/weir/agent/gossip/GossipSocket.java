package io.weir.agent.gossip;

import io.weir.agent.control.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/** Where this agent hears others: one port, UDP and TCP. */
public final class GossipSocket implements AutoCloseable {
  private static final int TRIES = 20;
  private static final int BACKLOG = 16;
  private static final int BUFFER = 1 << 20;

  private final DatagramChannel datagrams;
  private final Selector selector;
  private final ServerSocket connections;
  private final HostPort address;

  private GossipSocket(
      DatagramChannel datagrams, Selector selector, ServerSocket connections, HostPort address) {
    this.datagrams = datagrams;
    this.selector = selector;
    this.connections = connections;
    this.address = address;
  }

  /** What became of {@link #open}. */
  public sealed interface Opening {
    record Opened(GossipSocket socket) implements Opening {}

    /** {@code sentence}: what is wrong and what to do, without a full stop. */
    record Unusable(String sentence) implements Opening {}
  }

  /** Binds; {@code port} 0: any that is free for both. */
  public static Opening open(HostPort bind) {
    InetSocketAddress wanted = new InetSocketAddress(bind.host(), bind.port());
    if (wanted.isUnresolved()) {
      return new Opening.Unusable(
          "cannot hear other agents on %s: unknown host; choose another with --gossip"
              .formatted(bind));
    }
    IOException failure = new IOException("no port is free");
    for (int i = 0; i < (bind.port() == 0 ? TRIES : 1); i++) {
      try {
        return new Opening.Opened(bound(wanted, bind.host()));
      } catch (IOException e) {
        failure = e;
      }
    }
    return new Opening.Unusable(
        "cannot hear other agents on %s: %s; choose another with --gossip, or none with --gossip off"
            .formatted(bind, failure.getMessage()));
  }

  private static GossipSocket bound(InetSocketAddress wanted, String host) throws IOException {
    ServerSocket connections = new ServerSocket();
    try {
      connections.bind(wanted, BACKLOG);
      DatagramChannel datagrams =
          DatagramChannel.open(
              wanted.getAddress().getAddress().length == 4
                  ? StandardProtocolFamily.INET
                  : StandardProtocolFamily.INET6);
      try {
        datagrams.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
        int port = connections.getLocalPort();
        datagrams.bind(new InetSocketAddress(wanted.getAddress(), port));
        datagrams.configureBlocking(false);
        Selector selector = Selector.open();
        datagrams.register(selector, SelectionKey.OP_READ);
        return new GossipSocket(datagrams, selector, connections, new HostPort(host, port));
      } catch (IOException e) {
        datagrams.close();
        throw e;
      }
    } catch (IOException e) {
      connections.close();
      throw e;
    }
  }

  /** As bound, with the port that it has. */
  public HostPort address() {
    return address;
  }

  DatagramChannel datagrams() {
    return datagrams;
  }

  /** Of the datagrams alone. */
  Selector selector() {
    return selector;
  }

  ServerSocket connections() {
    return connections;
  }

  @Override
  public void close() throws IOException {
    try (Selector _ = selector;
        DatagramChannel _ = datagrams) {
      connections.close();
    }
  }
}
