package io.weir.e2e.sim.balance;

import java.util.random.RandomGenerator;

/**
 * Round robin over servers of equal weight: nginx 1.27 {@code ngx_http_upstream_get_peer()} in
 * src/http/ngx_http_upstream_round_robin.c, HAProxy 3.0 {@code balance roundrobin}. The first
 * server of each proxy is drawn at random (HAProxy's {@code random-start}-like spread), as proxies
 * that all begin with the first one would run in step.
 */
final class RoundRobin implements ProxyBalancer {
  private final int servers;
  private int next;

  RoundRobin(int servers, RandomGenerator random) {
    this.servers = servers;
    this.next = random.nextInt(servers);
  }

  @Override
  public int pick(int request, long now) {
    int picked = next;
    next = picked + 1 == servers ? 0 : picked + 1;
    return picked;
  }

  @Override
  public void done(int request, int server, long began, boolean answered, long now) {
    // It does not look at what becomes of requests.
  }
}
