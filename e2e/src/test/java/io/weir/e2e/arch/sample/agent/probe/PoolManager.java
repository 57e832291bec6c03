package io.weir.e2e.arch.sample.agent.probe;

import io.weir.e2e.arch.sample.agent.balance.Clocked;

/** A name that says nothing, a cycle, and an exit. */
public final class PoolManager {
  void stop(Clocked cycle) {
    System.exit(cycle.hashCode());
  }
}
