package io.weir.agent.l4;

import io.vertx.core.Future;
import java.time.Duration;

/** An address on which a tcp or udp listener's clients come in. Thread-safe. */
public sealed interface Layer4Listener permits TcpListener, UdpListener {
  /** Call once. Fails when the address cannot be bound; nothing is left open then. */
  Future<Void> open();

  /** From the next connection or flow on; those there are keep what they began with. */
  void serve(Target next);

  /**
   * Takes no new connections or flows from now on. Completes when the last one has ended; those
   * that are still there when the time is over are cut off then.
   */
  Future<Void> stop(Duration drain);
}
