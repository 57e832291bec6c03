package io.weir.e2e.sim.balance;

import java.util.Arrays;
import java.util.List;

/**
 * Servers with one queue each, first come, first served. As pace and work are known, so is the
 * moment a request will be done, at once when it arrives.
 */
final class QueueFarm implements Farm {
  private final Pace[] paces;
  private final int cores;
  private final EventHeap endings = new EventHeap();

  /**
   * What each server will have done when the core gets free, by server and core; see {@link Pace}.
   */
  private final double[] freeAt;

  QueueFarm(List<Pace> paces, int cores) {
    this.paces = paces.toArray(Pace[]::new);
    this.cores = cores;
    freeAt = new double[paces.size() * cores];
    Arrays.fill(freeAt, Double.NEGATIVE_INFINITY);
  }

  @Override
  public int servers() {
    return paces.length;
  }

  @Override
  public void arrive(int request, int server, double work, long now) {
    int core = firstFree(server);
    double begins = Math.max(freeAt[core], paces[server].workUntil(now));
    freeAt[core] = begins + work;
    endings.add(Math.max(now, paces[server].whenDone(freeAt[core])), request);
  }

  @Override
  public long nextDone() {
    return endings.firstTime();
  }

  @Override
  public int finish() {
    return endings.poll();
  }

  @Override
  public double delay(int server, double work, long now) {
    double waits = Math.max(0, freeAt[firstFree(server)] - paces[server].workUntil(now));
    return (waits + work) / paces[server].speedAt(now);
  }

  private int firstFree(int server) {
    int first = server * cores;
    for (int core = first + 1; core < (server + 1) * cores; core++) {
      if (freeAt[core] < freeAt[first]) {
        first = core;
      }
    }
    return first;
  }
}
