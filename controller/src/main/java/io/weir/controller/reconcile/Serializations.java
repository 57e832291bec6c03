package io.weir.controller.reconcile;

import java.util.concurrent.atomic.LongAdder;

/** How often configuration was turned into bytes. Any thread. */
public final class Serializations {
  private final LongAdder resources = new LongAdder();
  private final LongAdder messages = new LongAdder();
  private final LongAdder sent = new LongAdder();

  void resource() {
    resources.increment();
  }

  void message() {
    messages.increment();
  }

  void sent() {
    sent.increment();
  }

  /** Whole resources. */
  public long resources() {
    return resources.sum();
  }

  /** Snapshots and deltas. */
  public long messages() {
    return messages.sum();
  }

  /** Messages handed over to streams, be it the same bytes. */
  public long sentTotal() {
    return sent.sum();
  }
}
