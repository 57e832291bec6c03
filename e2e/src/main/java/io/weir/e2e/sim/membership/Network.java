package io.weir.e2e.sim.membership;

/**
 * What becomes of datagrams. Delay is the least plus an exponential part.
 *
 * @param leastDelay ns
 * @param meanDelay ns on top of it
 * @param loss 0 to 1
 * @param duplication 0 to 1
 */
public record Network(long leastDelay, long meanDelay, double loss, double duplication) {
  /** Between hosts of one region. */
  public static final Network REGION = new Network(200_000, 800_000, 0.01, 0.001);
}
