package io.weir.e2e.sim.fleet;

import io.weir.e2e.sim.kernel.Network;
import io.weir.e2e.sim.kernel.VirtualTime;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;

/**
 * Two ways between two processes, as gRPC over TCP has them: in order, nothing lost while it lasts,
 * stalled while the network is cut, and over once keepalives have not come through for a while.
 */
final class Pipe {
  private static final long PATIENCE = 15_000_000_000L;
  private static final long RETRANSMIT = 200_000_000L;

  private final VirtualTime time;
  private final Network network;
  private final String near;
  private final String far;
  private final BooleanSupplier still;
  private final Runnable ended;
  private final Way there = new Way();
  private final Way back = new Way();
  private long stalledSince = -1;
  private boolean over;

  /** One direction. */
  private static final class Way {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long last;
    private boolean pumping;
  }

  /**
   * @param still whether one of the two processes answers nothing
   * @param ended told once, on whichever side it was ended
   */
  Pipe(
      VirtualTime time,
      Network network,
      String near,
      String far,
      BooleanSupplier still,
      Runnable ended) {
    this.time = time;
    this.network = network;
    this.near = near;
    this.far = far;
    this.still = still;
    this.ended = ended;
    watch();
  }

  boolean isOver() {
    return over;
  }

  /** From the near end to the far one. */
  void there(Runnable arrives) {
    push(there, near, far, arrives);
  }

  /** From the far end to the near one. */
  void back(Runnable arrives) {
    push(back, far, near, arrives);
  }

  private void push(Way way, String from, String to, Runnable arrives) {
    if (!over) {
      way.waiting.add(arrives);
      pump(way, from, to);
    }
  }

  private void pump(Way way, String from, String to) {
    if (way.pumping || way.waiting.isEmpty()) {
      return;
    }
    way.pumping = true;
    way.last = Math.max(way.last, time.now() + network.delay());
    time.at(way.last, () -> arrive(way, from, to));
  }

  private void arrive(Way way, String from, String to) {
    way.pumping = false;
    if (over) {
      return;
    }
    if (isCut()) {
      way.last = time.now() + RETRANSMIT;
    } else {
      way.waiting.remove().run();
    }
    pump(way, from, to);
  }

  private boolean isCut() {
    return network.isCut(near, far) || network.isCut(far, near);
  }

  private void watch() {
    time.after(
        1_000_000_000L,
        () -> {
          if (over) {
            return;
          }
          boolean stalled = isCut() || still.getAsBoolean();
          stalledSince = !stalled ? -1 : stalledSince < 0 ? time.now() : stalledSince;
          if (stalled && time.now() - stalledSince >= PATIENCE) {
            end();
          }
          watch();
        });
  }

  void end() {
    if (!over) {
      over = true;
      ended.run();
    }
  }
}
