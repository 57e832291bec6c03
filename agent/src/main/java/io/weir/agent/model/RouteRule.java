package io.weir.agent.model;

import java.util.List;

/**
 * Requests for one of {@code hosts} (lower case; "*.example.com" for all below; empty for any)
 * whose path lies below {@code pathPrefix} (whole segments) go to {@code pool}.
 */
public record RouteRule(List<String> hosts, String pathPrefix, String pool) {
  public RouteRule {
    hosts = List.copyOf(hosts);
  }
}
