package io.weir.e2e.sim.balance;

/**
 * What no proxy can know: the true state of every server, with the work of all proxies in its
 * queue, at this very moment. It takes the server at which a request of mean work would be done
 * first at the server's present speed; among equals (idle ones, as a rule) the next in turn.
 */
final class Oracle implements ProxyBalancer {
  private final Farm farm;
  private final double meanWork;
  private int next;

  Oracle(Farm farm, double meanWork) {
    this.farm = farm;
    this.meanWork = meanWork;
  }

  @Override
  public int pick(int request, long now) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    int server = next;
    for (int i = 0; i < farm.servers(); i++) {
      double delay = farm.delay(server, meanWork, now);
      if (delay < least) {
        least = delay;
        best = server;
      }
      server = server + 1 == farm.servers() ? 0 : server + 1;
    }
    next = best + 1 == farm.servers() ? 0 : best + 1;
    return best;
  }

  @Override
  public void done(int request, int server, long began, boolean answered, long now) {
    // It sees the servers themselves.
  }
}
