package io.weir.agent.proxy;

import io.vertx.core.Future;
import java.net.UnknownHostException;
import java.time.Duration;

/** One address that is listened on. Thread-safe. */
sealed interface OpenListener permits HttpListener, OpenLayer4 {
  Serving serving();

  /** From the next request, connection or flow on; those under way keep what they began with. */
  void serve(Serving next);

  /** Call once. Fails when the address cannot be bound; nothing is left open then. */
  Future<Void> open();

  /** It has been told to stop. */
  boolean stopping();

  /** Stops accepting at once; completes when all that is under way is done or the time is over. */
  Future<Void> stop(Duration drain);

  default Bind bind() {
    return serving().bind();
  }

  static boolean isAddressInUse(Throwable failure) {
    // A BindException on NIO, an IOException of Netty's own on epoll.
    return String.valueOf(failure.getMessage()).contains("ddress already in use");
  }

  /** Why {@code bind} could not be opened, and what to do. */
  static String explain(Bind bind, Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    String why;
    if (isAddressInUse(failure)) {
      why =
          "address already in use by another process; choose another address or stop what listens"
              + " there";
    } else if (message.contains("ermission denied")) {
      why = "permission denied; choose a port above 1023 or give the agent CAP_NET_BIND_SERVICE";
    } else if (message.contains("assign requested address")) {
      why = "this host has no such address; choose one it has, or 0.0.0.0 for all";
    } else if (failure instanceof UnknownHostException) {
      why = "this name has no address; choose an address of this host";
    } else {
      why = message;
    }
    return "cannot listen on " + bind + ": " + why;
  }
}
