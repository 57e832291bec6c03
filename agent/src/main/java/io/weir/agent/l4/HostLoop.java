package io.weir.agent.l4;

import io.netty.channel.EventLoop;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.balance.Ticket;
import io.weir.agent.metrics.LoopMetrics;
import java.util.Set;

/** An event loop, and what whoever runs it offers on it. Called on that loop only. */
public interface HostLoop {
  /** From any thread. */
  EventLoop eventLoop();

  /** Something is being read: what happens from here on happens now. */
  void readCycle();

  /** As of the last {@link #readCycle}, as System.nanoTime. */
  long now();

  /**
   * Opens {@code into} for an endpoint by this loop's balancer.
   *
   * @param tried addresses not to be picked again
   * @return false: there is none
   */
  boolean pick(Ticket into, PoolMembers pool, PickInput input, Set<String> tried);

  /** One that is not set. */
  Alarm alarm(Runnable rings);

  /** Where what happens on this loop is counted. */
  LoopMetrics metrics();

  /** A connection or flow is over: to be logged. */
  void ended(FlowRecord record);

  /** Rings once when its time has come, late rather than early; cheap to put off. */
  interface Alarm {
    /** In place of what was set before; {@code at} as System.nanoTime. */
    void set(long at);

    void clear();
  }
}
