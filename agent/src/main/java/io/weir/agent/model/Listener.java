package io.weir.agent.model;

import java.util.List;

/**
 * An address to accept HTTP on.
 *
 * @param host literal address or name to bind
 * @param trustedHops proxies in front whose forwarding fields are believed, 0 to 16
 */
public record Listener(
    String name, String host, int port, List<RouteRule> routes, int trustedHops) {
  public Listener {
    routes = List.copyOf(routes);
  }
}
