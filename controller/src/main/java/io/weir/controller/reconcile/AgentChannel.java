package io.weir.controller.reconcile;

import io.weir.v1.ControllerMessage;

/** The way to one connected agent. Calls never block and are safe from any thread. */
public interface AgentChannel {
  /**
   * What was not yet written is replaced by a newer message of its kind; verdicts and endpoints to
   * verify are added to those that wait.
   */
  void send(ControllerMessage message);

  /** Configuration; as {@link #send(ControllerMessage)}. */
  void send(Encoded configuration);

  /** Ends the stream; nothing is sent after it. Repeated calls do nothing. */
  void close(Refusal refusal, String sentence);

  /** Why the controller ends a stream. */
  enum Refusal {
    NAME_TAKEN,
    CONTRACT_BROKEN,
    TOO_MANY,
    REPLACED,
    STOPPING
  }
}
