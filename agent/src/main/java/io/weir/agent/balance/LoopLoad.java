package io.weir.agent.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one event loop has under way at one pool: written by that loop, read by any thread, without
 * contention.
 */
final class LoopLoad {
  private static final VarHandle OUTSTANDING = handle("outstanding", int.class);
  private static final VarHandle BEGUN = handle("begun", long.class);

  @SuppressWarnings("UnusedVariable") // by its handle
  private int outstanding;

  @SuppressWarnings("UnusedVariable") // by its handle
  private long begun;

  private static VarHandle handle(String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(LoopLoad.class, field, type);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  int outstanding() {
    return (int) OUTSTANDING.getOpaque(this);
  }

  /** Every attempt counts. */
  long begun() {
    return (long) BEGUN.getOpaque(this);
  }

  /** By its loop only. */
  void begin() {
    OUTSTANDING.setOpaque(this, (int) OUTSTANDING.get(this) + 1);
    BEGUN.setOpaque(this, (long) BEGUN.get(this) + 1);
  }

  /** By its loop only. */
  void end() {
    OUTSTANDING.setOpaque(this, (int) OUTSTANDING.get(this) - 1);
  }
}
