package io.weir.controller.security;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * A stream that can be ended from outside, by any thread, whatever whoever serves it is about to
 * say: that goes nowhere then. To those who serve it, it looks cancelled.
 */
final class MortalCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
  // Guarded by this.
  private boolean over;
  private volatile boolean ended;

  MortalCall(ServerCall<Q, A> call) {
    super(call);
  }

  /** Returns whether it was not over already. */
  synchronized boolean end(Status status) {
    if (over) {
      return false;
    }
    over = true;
    ended = true;
    delegate().close(status, new Metadata());
    return true;
  }

  @Override
  public synchronized void sendHeaders(Metadata headers) {
    if (!ended) {
      super.sendHeaders(headers);
    }
  }

  @Override
  public synchronized void sendMessage(A message) {
    if (!ended) {
      super.sendMessage(message);
    }
  }

  @Override
  public synchronized void close(Status status, Metadata trailers) {
    if (!ended) {
      over = true;
      super.close(status, trailers);
    }
  }

  @Override
  public boolean isReady() {
    return !ended && super.isReady();
  }

  @Override
  public boolean isCancelled() {
    return ended || super.isCancelled();
  }

  /**
   * @param gone called once the call is over, however it came to be
   */
  ServerCall.Listener<Q> listening(ServerCall.Listener<Q> listener, Runnable gone) {
    return new SimpleForwardingServerCallListener<>(listener) {
      @Override
      public void onMessage(Q message) {
        if (!ended) {
          super.onMessage(message);
        }
      }

      @Override
      public void onHalfClose() {
        if (!ended) {
          super.onHalfClose();
        }
      }

      @Override
      public void onReady() {
        if (!ended) {
          super.onReady();
        }
      }

      @Override
      public void onCancel() {
        gone.run();
        super.onCancel();
      }

      @Override
      public void onComplete() {
        gone.run();
        if (ended) {
          super.onCancel();
        } else {
          super.onComplete();
        }
      }
    };
  }
}
