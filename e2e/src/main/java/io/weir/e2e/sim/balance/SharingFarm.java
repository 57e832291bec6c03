package io.weir.e2e.sim.balance;

import java.util.Arrays;
import java.util.List;

/**
 * Servers that share their cores evenly among all requests they have, at most one core a request.
 * All requests of a server thus advance by the same amount, so each is done when the common
 * progress reaches what it was at its arrival plus its work, and the order in which they will be
 * done never changes.
 */
final class SharingFarm implements Farm {
  private final Server[] servers;
  private final int cores;

  /**
   * Servers by when their next request is done; {@code placeOf} is the inverse of {@code order}.
   */
  private final int[] order;

  private final int[] placeOf;
  private final long[] nextDone;

  SharingFarm(List<Pace> paces, int cores) {
    this.cores = cores;
    servers = paces.stream().map(Server::new).toArray(Server[]::new);
    order = new int[servers.length];
    placeOf = new int[servers.length];
    nextDone = new long[servers.length];
    Arrays.fill(nextDone, Long.MAX_VALUE);
    Arrays.setAll(order, i -> i);
    Arrays.setAll(placeOf, i -> i);
  }

  @Override
  public int servers() {
    return servers.length;
  }

  @Override
  public void arrive(int request, int server, double work, long now) {
    Server it = servers[server];
    it.advance(now, cores);
    it.requests.add(it.progress + work, request);
    reschedule(server);
  }

  @Override
  public long nextDone() {
    return nextDone[order[0]];
  }

  @Override
  public int finish() {
    int server = order[0];
    Server it = servers[server];
    it.advance(nextDone[server], cores);
    int request = it.requests.poll();
    reschedule(server);
    return request;
  }

  @Override
  public double delay(int server, double work, long now) {
    Server it = servers[server];
    int with = it.requests.size() + 1;
    return work * Math.max(1, (double) with / cores) / it.pace.speedAt(now);
  }

  private void reschedule(int server) {
    nextDone[server] = servers[server].whenNextDone(cores);
    int place = placeOf[server];
    while (place > 0 && nextDone[order[(place - 1) / 2]] > nextDone[server]) {
      place = swap(place, (place - 1) / 2);
    }
    for (int child = 2 * place + 1; child < order.length; child = 2 * place + 1) {
      if (child + 1 < order.length && nextDone[order[child + 1]] < nextDone[order[child]]) {
        child++;
      }
      if (nextDone[order[child]] >= nextDone[server]) {
        break;
      }
      place = swap(place, child);
    }
  }

  private int swap(int place, int other) {
    int server = order[place];
    order[place] = order[other];
    order[other] = server;
    placeOf[order[place]] = place;
    placeOf[server] = other;
    return other;
  }

  private static final class Server {
    final Pace pace;

    /** Requests by the progress at which they are done. */
    final WorkHeap requests = new WorkHeap();

    /** How much each request has got that was here all the time. */
    double progress;

    /** Up to here that is counted, by what a core has done; see {@link Pace}. */
    private double counted;

    Server(Pace pace) {
      this.pace = pace;
    }

    void advance(long now, int cores) {
      double done = pace.workUntil(now);
      progress += (done - counted) * share(cores);
      counted = done;
    }

    long whenNextDone(int cores) {
      return requests.size() == 0
          ? Long.MAX_VALUE
          : pace.whenDone(counted + Math.max(0, requests.first() - progress) / share(cores));
    }

    private double share(int cores) {
      return Math.min(1, (double) cores / Math.max(1, requests.size()));
    }
  }
}
