package io.weir.agent.model;

import java.util.List;

/**
 * Requests for one of {@code hosts} (lower case; "*.example.com" for all below; empty for any)
 * whose path lies below {@code pathPrefix} (whole segments) go to {@code pool}.
 *
 * @param requestHeaders changes to a request before it goes to an endpoint
 * @param responseHeaders changes to an endpoint's answer before it goes to the client
 */
public record RouteRule(
    List<String> hosts,
    String pathPrefix,
    String pool,
    HeaderEdits requestHeaders,
    HeaderEdits responseHeaders) {
  public RouteRule {
    hosts = List.copyOf(hosts);
  }

  /** That edits no header. */
  public RouteRule(List<String> hosts, String pathPrefix, String pool) {
    this(hosts, pathPrefix, pool, HeaderEdits.EMPTY, HeaderEdits.EMPTY);
  }
}
