package io.weir.e2e.sim.kernel;

import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Links between all nodes, each way by itself. A packet takes the least delay and an exponential
 * part besides, gets lost or comes twice by chance, and does not get over a link that is cut, be it
 * when it is sent or when it should arrive.
 */
public final class Network {
  /**
   * @param leastDelay one way, ns
   * @param meanDelay one way, ns, not below the least
   * @param loss of each packet, 0 to 1
   * @param duplication of each packet that is not lost, 0 to 1
   */
  public record Quality(long leastDelay, long meanDelay, double loss, double duplication) {
    public Quality {
      if (leastDelay < 0 || meanDelay < leastDelay || loss < 0 || loss > 1) {
        throw new IllegalArgumentException("no network is like that");
      }
    }
  }

  private record Link(String from, String to) {}

  private final VirtualTime time;
  private final RandomGenerator random;
  private final Set<Link> cut = new HashSet<>();
  private Quality quality;

  public Network(VirtualTime time, RandomGenerator random, Quality quality) {
    this.time = time;
    this.random = random;
    this.quality = quality;
  }

  public void quality(Quality now) {
    quality = now;
  }

  /** From now on nothing gets from one to the other; the way back is not touched. */
  public void cut(String from, String to) {
    cut.add(new Link(from, to));
  }

  public void mend(String from, String to) {
    cut.remove(new Link(from, to));
  }

  public void mendAll() {
    cut.clear();
  }

  public boolean isCut(String from, String to) {
    return !cut.isEmpty() && cut.contains(new Link(from, to));
  }

  /** One packet, which may get lost. */
  public void send(String from, String to, Runnable arrives) {
    if (isCut(from, to) || random.nextDouble() < quality.loss) {
      return;
    }
    carry(from, to, arrives);
    if (quality.duplication > 0 && random.nextDouble() < quality.duplication) {
      carry(from, to, arrives);
    }
  }

  private void carry(String from, String to, Runnable arrives) {
    time.after(
        delay(),
        () -> {
          if (!isCut(from, to)) {
            arrives.run();
          }
        });
  }

  /** Of one packet, one way. */
  public long delay() {
    double more = -Math.log(1 - random.nextDouble());
    return quality.leastDelay + (long) (more * (quality.meanDelay - quality.leastDelay));
  }

  /** Whether one packet would get lost, by chance alone. */
  public boolean loses() {
    return random.nextDouble() < quality.loss;
  }
}
