package io.weir.agent.probe;

import io.weir.agent.probe.ProbeResult.Failed;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** What went wrong, in few words and always the same ones. */
final class Failures {
  private Failures() {}

  /** Timeouts have whole milliseconds or more. */
  static String late(Duration timeout) {
    return "timed out after " + timeout.toMillis() + " ms";
  }

  /**
   * @param otherwise when it is nothing that is known
   */
  static Failed of(Throwable failure, Duration timeout, String otherwise) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (message.contains("timed out") || message.contains("timeout")) {
        return new Failed(late(timeout));
      }
      if (message.contains("connection refused")) {
        return new Failed("connection refused");
      }
      if (message.contains("connection reset") || message.contains("broken pipe")) {
        return new Failed("connection reset");
      }
      if (cause instanceof NoRouteToHostException || message.contains("no route to host")) {
        return new Failed("no route to host");
      }
      if (message.contains("network is unreachable")) {
        return new Failed("network is unreachable");
      }
      if (cause instanceof UnknownHostException) {
        return new Failed("no address for that name");
      }
      if (cause instanceof SSLException && !message.contains("closed")) {
        return new Failed("no TLS with it: " + cause.getMessage());
      }
      if (message.contains("closed")) {
        return new Failed("connection closed before the answer was complete");
      }
      if (cause instanceof ConnectException) {
        return new Failed("cannot connect: " + cause.getMessage());
      }
      if (cause instanceof IOException) {
        return new Failed(String.valueOf(cause.getMessage()));
      }
    }
    return new Failed(otherwise);
  }
}
