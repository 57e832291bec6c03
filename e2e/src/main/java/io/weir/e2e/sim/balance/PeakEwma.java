package io.weir.e2e.sim.balance;

import java.util.random.RandomGenerator;

/**
 * Peak EWMA: of two different servers drawn at random the one with the lower load, which is a
 * moving average of its latency, times the requests that this proxy has under way there and one.
 * The average jumps up to a slower answer at once and decays over 10 s. As Finagle does it for
 * {@code Balancers.p2cPeakEwma()} with its default {@code decayTime} ({@code PeakEwma.scala},
 * {@code p2c/P2CPick.scala} and {@code Balancers.scala} in
 * finagle-core/src/main/scala/com/twitter/finagle/loadbalancer, 22.12); Linkerd's proxy does the
 * same (tower 0.5 tower/src/load/peak_ewma.rs, with {@code decay} 10 s) but begins with 30 ms in
 * place of nothing. A server that was not heard of yet has one request at a time.
 */
final class PeakEwma implements ProxyBalancer {
  private static final double DECAY_NANOS = 10e9;

  /** For a server that has a request under way and has not answered one. */
  private static final double PENALTY = Long.MAX_VALUE >> 16;

  private final RandomGenerator random;
  private final double decayNanos;
  private final int[] underWay;
  private final double[] cost;
  private final long[] stamp;

  PeakEwma(int servers, RandomGenerator random) {
    this(servers, random, DECAY_NANOS);
  }

  PeakEwma(int servers, RandomGenerator random, double decayNanos) {
    this.random = random;
    this.decayNanos = decayNanos;
    underWay = new int[servers];
    cost = new double[servers];
    stamp = new long[servers];
  }

  @Override
  public int pick(int request, long now) {
    int first = random.nextInt(underWay.length);
    int second = random.nextInt(underWay.length - 1);
    second += second >= first ? 1 : 0;
    int picked = load(first, now) < load(second, now) ? first : second;
    underWay[picked]++;
    return picked;
  }

  @Override
  public void done(int request, int server, long began, boolean answered, long now) {
    underWay[server]--;
    observe(server, (double) (now - began), now);
  }

  double load(int server, long now) {
    observe(server, 0, now);
    return cost[server] == 0 && underWay[server] != 0
        ? PENALTY + underWay[server]
        : cost[server] * (underWay[server] + 1);
  }

  private void observe(int server, double latency, long now) {
    if (latency > cost[server]) {
      cost[server] = latency;
    } else {
      double kept = Math.exp((stamp[server] - now) / decayNanos);
      cost[server] = cost[server] * kept + latency * (1 - kept);
    }
    stamp[server] = now;
  }
}
