package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request given to one endpoint, which counts as under way until the ticket is closed: exactly
 * once, whatever happens to the request. Then it can be used again, for another pick of any
 * balancer of the same loop. Confined to that loop. Times are those of {@link Balancer#pick}, in
 * ns.
 */
public final class Ticket {
  private @Nullable Candidate candidate;
  private boolean open;
  private boolean waiting;
  private boolean newcomer;

  /** Of the answer; 0: there was none, or it has none. */
  private int status;

  /** What it came to is known, whatever follows. */
  private boolean judged;

  private long began;
  private long seed;

  /** Among those that wait for the same endpoint. */
  @Nullable Ticket older;

  @Nullable Ticket newer;

  /** How a request to an endpoint ended. */
  public enum End {
    /** The endpoint answered; unless {@link #answered} told so before, just now. */
    ANSWERED,
    /** The client went away, or was at fault: the endpoint is not to blame. */
    ABANDONED,
    /** The endpoint gave no answer, or not all of it. */
    FAILED,
    /** As FAILED, and the request is tried again. */
    RETRIED
  }

  /**
   * @param isNew its client does not know {@link #token}
   */
  void open(Candidate given, boolean isNew, long pickSeed, long now) {
    if (open) {
      throw new IllegalStateException("ticket for " + endpoint().address() + " is still open");
    }
    candidate = given;
    open = true;
    newcomer = isNew;
    waiting = true;
    judged = false;
    status = 0;
    began = now;
    seed = pickSeed;
    given.begin(this, now);
  }

  /** Also after it was closed, until the next pick. */
  public Endpoint endpoint() {
    return candidate().endpoint();
  }

  public EndpointState state() {
    return candidate().state();
  }

  public boolean isOpen() {
    return open;
  }

  /** Whether the client has to be told {@link #token} to come back to this endpoint. */
  public boolean newcomer() {
    return newcomer;
  }

  /** What a cookie says of the endpoint, as a {@link Token}. */
  public long token() {
    return candidate().token;
  }

  /** What the pick was drawn from. */
  public long seed() {
    return seed;
  }

  long began() {
    return began;
  }

  /**
   * An answer has begun. What follows takes as long as client and endpoint like and is no sign of
   * the endpoint's speed. Once, before {@link #close}, or not at all.
   *
   * @param with its status: from 500 on it counts as a slow one
   */
  public void answered(int with, long now) {
    status = with;
    answered(with >= 500, now);
  }

  /**
   * As {@link #answered(int, long)}.
   *
   * @param error the answer is an error of the endpoint's: it counts as a slow one
   */
  public void answered(boolean error, long now) {
    if (waiting) {
      waiting = false;
      candidate().measure().unlink(this);
    }
    candidate().measure().answered(now - began);
    candidate().measure().observe(now - began, error, now);
  }

  /** As {@link #answered(int, long)}: the endpoint has taken a connection, and did its part. */
  public void accepted(long now) {
    answered(false, now);
    judged = true;
    candidate().state().worked();
  }

  /** No answer may ever come, and that is no sign of anything. */
  public void unawaited() {
    if (waiting) {
      waiting = false;
      candidate().measure().unlink(this);
    }
  }

  /**
   * @throws IllegalStateException when it was closed before
   */
  public void close(End end, long now) {
    Candidate at = candidate();
    if (!open) {
      throw new IllegalStateException("ticket for " + at.endpoint().address() + " closed twice");
    }
    open = false;
    boolean unanswered = waiting;
    if (unanswered) {
      waiting = false;
      at.measure().unlink(this);
    }
    switch (end) {
      case ANSWERED -> {
        if (unanswered) {
          at.measure().observe(now - began, false, now);
        }
        judge(now);
      }
      case ABANDONED -> {
        if (unanswered) {
          at.measure().observeAtLeast(now - began, now);
        } else {
          judge(now);
        }
      }
      case FAILED -> {
        at.measure().observe(now - began, true, now);
        at.state().failed();
        blame(now);
      }
      case RETRIED -> {
        at.measure().observe(now - began, true, now);
        at.state().failed();
        at.state().retried();
        blame(now);
      }
    }
    at.end();
  }

  /** The endpoint has answered, if perhaps with an error. */
  private void judge(long now) {
    if (judged) {
      return;
    }
    if (status >= 500) {
      candidate().measure().failed(false);
    }
    if (status >= 502 && status <= 504) {
      candidate().state().gatewayError(false, now);
    } else {
      candidate().state().worked();
    }
  }

  private void blame(long now) {
    if (!judged) {
      candidate().measure().failed(status == 0);
      candidate().state().gatewayError(true, now);
    }
  }

  private Candidate candidate() {
    return Objects.requireNonNull(candidate, "no pick yet");
  }
}
