package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;

/**
 * One request given to one endpoint, which counts as under way until the ticket is closed: exactly
 * once, whatever happens to the request. Used by one thread.
 */
public final class Ticket implements Pick {
  private final Candidate candidate;
  private boolean closed;

  /** How a request to an endpoint ended. */
  public enum End {
    /** The endpoint answered, or the client went away before it could. */
    ANSWERED,
    /** The endpoint gave no answer, or not all of it. */
    FAILED,
    /** As FAILED, and the request is tried again. */
    RETRIED
  }

  Ticket(Candidate candidate) {
    this.candidate = candidate;
    candidate.state.begin();
  }

  public Endpoint endpoint() {
    return candidate.endpoint;
  }

  /**
   * @throws IllegalStateException when it was closed before
   */
  public void close(End end) {
    if (closed) {
      throw new IllegalStateException("ticket for " + endpoint().address() + " closed twice");
    }
    closed = true;
    switch (end) {
      case ANSWERED -> candidate.state.end(true);
      case FAILED -> candidate.state.end(false);
      case RETRIED -> {
        candidate.state.retried();
        candidate.state.end(false);
      }
    }
  }
}
