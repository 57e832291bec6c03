package io.weir.agent.model;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What a listener does with its clients. Every default is filled in. */
public sealed interface Service {
  /** Idle time-out: how long a client may say nothing, see weir.v1.ClientTimeouts. */
  Duration idleTimeout();

  /** Names of the pools that it needs, some perhaps more than once. */
  Stream<String> pools();

  /**
   * HTTP requests go to the pools of their routes.
   *
   * @param trustedHops proxies in front whose forwarding fields are believed, 0 to 16
   * @param headTimeout from the first byte of a request to the end of its head
   * @param idleTimeout between two requests of a connection
   */
  record Http(
      List<RouteRule> routes,
      int trustedHops,
      Limits limits,
      Duration headTimeout,
      Duration idleTimeout)
      implements Service {
    public static final Duration DEFAULT_HEAD_TIMEOUT = Duration.ofSeconds(10);
    public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(75);

    public Http {
      routes = List.copyOf(routes);
    }

    /** With the default limits and time-outs. */
    public Http(List<RouteRule> routes, int trustedHops) {
      this(routes, trustedHops, Limits.DEFAULT, DEFAULT_HEAD_TIMEOUT, DEFAULT_IDLE_TIMEOUT);
    }

    @Override
    public Stream<String> pools() {
      return routes.stream().map(RouteRule::pool);
    }
  }

  /**
   * Connections are passed on byte by byte.
   *
   * @param idleTimeout without a byte in either direction
   */
  record Tcp(String pool, Duration idleTimeout) implements Service {
    public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(10);

    @Override
    public Stream<String> pools() {
      return Stream.of(pool);
    }
  }

  /**
   * The datagrams of one client address are a flow, which goes to one endpoint.
   *
   * @param idleTimeout without a datagram of a flow in either direction, which ends it
   */
  record Udp(String pool, Duration idleTimeout) implements Service {
    public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(1);

    @Override
    public Stream<String> pools() {
      return Stream.of(pool);
    }
  }
}
