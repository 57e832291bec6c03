package io.weir.e2e.sim.balance;

import java.util.Arrays;

/**
 * Requests under way, by number; a number is used again once its server is done with it. Those that
 * a proxy still waits for are also in a list in the order in which they began.
 */
final class Requests {
  private static final int NONE = -1;

  private int[] proxy = new int[1024];
  private int[] server = new int[1024];
  private long[] began = new long[1024];
  private boolean[] waited = new boolean[1024];
  private int[] next = new int[1024];
  private int[] previous = new int[1024];
  private int[] spare = new int[1024];
  private int spares;
  private int used;
  private int oldest = NONE;
  private int newest = NONE;

  /** A new one, which began after all others. */
  int begin(int ofProxy, long now) {
    int request = number();
    proxy[request] = ofProxy;
    began[request] = now;
    waited[request] = true;
    next[request] = NONE;
    previous[request] = newest;
    if (newest == NONE) {
      oldest = request;
    } else {
      next[newest] = request;
    }
    newest = request;
    return request;
  }

  void at(int request, int itsServer) {
    server[request] = itsServer;
  }

  /** Its proxy waits no longer. */
  void over(int request) {
    waited[request] = false;
    int before = previous[request];
    int after = next[request];
    if (before == NONE) {
      oldest = after;
    } else {
      next[before] = after;
    }
    if (after == NONE) {
      newest = before;
    } else {
      previous[after] = before;
    }
  }

  /** Its server is done. */
  void remove(int request) {
    spare[spares++] = request;
  }

  boolean waitedFor(int request) {
    return waited[request];
  }

  /** Of those that are waited for. */
  int oldest() {
    return oldest;
  }

  /** When that one began; half of {@link Long#MAX_VALUE} when there is none. */
  long oldestBegan() {
    return oldest == NONE ? Long.MAX_VALUE / 2 : began[oldest];
  }

  int proxy(int request) {
    return proxy[request];
  }

  int server(int request) {
    return server[request];
  }

  long began(int request) {
    return began[request];
  }

  private int number() {
    if (spares > 0) {
      return spare[--spares];
    }
    if (used == proxy.length) {
      int size = used * 2;
      proxy = Arrays.copyOf(proxy, size);
      server = Arrays.copyOf(server, size);
      began = Arrays.copyOf(began, size);
      waited = Arrays.copyOf(waited, size);
      next = Arrays.copyOf(next, size);
      previous = Arrays.copyOf(previous, size);
      spare = Arrays.copyOf(spare, size);
    }
    return used++;
  }
}
