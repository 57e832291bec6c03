package io.weir.agent.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one event loop has under way at one endpoint: written by that loop, read by any thread,
 * without contention.
 */
final class LoopShare {
  private static final VarHandle OUTSTANDING = handle("outstanding", int.class);
  private static final VarHandle FINISHED = handle("finished", long.class);

  @SuppressWarnings("UnusedVariable") // by its handle
  private int outstanding;

  @SuppressWarnings("UnusedVariable") // by its handle
  private long finished;

  private static VarHandle handle(String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(LoopShare.class, field, type);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  int outstanding() {
    return (int) OUTSTANDING.getOpaque(this);
  }

  long finished() {
    return (long) FINISHED.getOpaque(this);
  }

  /** By its loop only. */
  void outstanding(int now) {
    OUTSTANDING.setOpaque(this, now);
  }

  /** One request more is over; by its loop only. */
  void finish() {
    FINISHED.setOpaque(this, (long) FINISHED.get(this) + 1);
  }
}
