package io.weir.agent.control;

import io.weir.v1.AgentMessage;

/** The way to the controller while a stream is up. For the control thread. */
public interface Uplink {
  /** Whether another message would be sent rather than queued. */
  boolean ready();

  /** Does nothing once the stream is down. */
  void send(AgentMessage message);
}
