package io.weir.e2e.sim.balance;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Least connections: the server to which this proxy has the fewest requests under way, over all of
 * them. As HAProxy does it for {@code balance leastconn} ({@code fwlc_queue_srv()} and {@code
 * fwlc_get_next_server()} in src/lb_fwlc.c, 2.6): servers are in a tree by that number, a server
 * whose number changed goes behind those that have the same, and the first is taken; so equals take
 * turns, the one that waited longest first. nginx's {@code least_conn} ({@code
 * ngx_http_upstream_get_least_conn_peer()} in
 * src/http/modules/ngx_http_upstream_least_conn_module.c, 1.27) is the same with smooth round robin
 * among equals. In the beginning each proxy has the servers in an order of its own.
 */
final class LeastConnections implements ProxyBalancer {
  private static final int NONE = -1;

  private final int[] underWay;

  /** Servers with the same number form a list, by that number. */
  private int[] head = new int[16];

  private int[] tail = new int[16];
  private final int[] next;
  private final int[] previous;

  /** No server has fewer. */
  private int fewest;

  LeastConnections(int servers, RandomGenerator random) {
    underWay = new int[servers];
    next = new int[servers];
    previous = new int[servers];
    Arrays.fill(head, NONE);
    Arrays.fill(tail, NONE);
    for (int server : Shuffle.of(servers, random)) {
      append(server);
    }
  }

  @Override
  public int pick(int request, long now) {
    while (head[fewest] == NONE) {
      fewest++;
    }
    int picked = head[fewest];
    move(picked, 1);
    return picked;
  }

  @Override
  public void done(int request, int server, long began, boolean answered, long now) {
    move(server, -1);
    fewest = Math.min(fewest, underWay[server]);
  }

  private void move(int server, int by) {
    remove(server);
    underWay[server] += by;
    append(server);
  }

  private void append(int server) {
    int list = underWay[server];
    if (list == head.length) {
      head = grown(head);
      tail = grown(tail);
    }
    next[server] = NONE;
    previous[server] = tail[list];
    if (tail[list] == NONE) {
      head[list] = server;
    } else {
      next[tail[list]] = server;
    }
    tail[list] = server;
  }

  private void remove(int server) {
    int list = underWay[server];
    int before = previous[server];
    int after = next[server];
    if (before == NONE) {
      head[list] = after;
    } else {
      next[before] = after;
    }
    if (after == NONE) {
      tail[list] = before;
    } else {
      previous[after] = before;
    }
  }

  private static int[] grown(int[] list) {
    int[] grown = Arrays.copyOf(list, list.length * 2);
    Arrays.fill(grown, list.length, grown.length, NONE);
    return grown;
  }
}
