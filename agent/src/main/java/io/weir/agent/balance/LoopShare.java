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
  private static final VarHandle ANSWERS = handle("answers", long.class);
  private static final VarHandle ANSWER_NANOS = handle("answerNanos", long.class);
  private static final VarHandle SILENT = handle("silent", long.class);
  private static final VarHandle ERRORS = handle("errors", long.class);

  @SuppressWarnings("UnusedVariable") // by its handle
  private int outstanding;

  @SuppressWarnings("UnusedVariable") // by its handle
  private long finished;

  @SuppressWarnings("UnusedVariable") // by its handle
  private long answers;

  @SuppressWarnings("UnusedVariable") // by its handle
  private long answerNanos;

  @SuppressWarnings("UnusedVariable") // by its handle
  private long silent;

  @SuppressWarnings("UnusedVariable") // by its handle
  private long errors;

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

  /** Answers that began. */
  long answers() {
    return (long) ANSWERS.getOpaque(this);
  }

  /** How long they took to begin, summed. */
  long answerNanos() {
    return (long) ANSWER_NANOS.getOpaque(this);
  }

  /** Requests that failed without an answer. */
  long silent() {
    return (long) SILENT.getOpaque(this);
  }

  /** Those, and answers that were errors or were cut off. */
  long errors() {
    return (long) ERRORS.getOpaque(this);
  }

  /** By its loop only. */
  void outstanding(int now) {
    OUTSTANDING.setOpaque(this, now);
  }

  /** One request more is over; by its loop only. */
  void finish() {
    FINISHED.setOpaque(this, (long) FINISHED.get(this) + 1);
  }

  /** An answer begins after {@code nanos}; by its loop only. */
  void answered(long nanos) {
    ANSWERS.setOpaque(this, (long) ANSWERS.get(this) + 1);
    ANSWER_NANOS.setOpaque(this, (long) ANSWER_NANOS.get(this) + nanos);
  }

  /** By its loop only. */
  void failed(boolean unanswered) {
    ERRORS.setOpaque(this, (long) ERRORS.get(this) + 1);
    if (unanswered) {
      SILENT.setOpaque(this, (long) SILENT.get(this) + 1);
    }
  }
}
