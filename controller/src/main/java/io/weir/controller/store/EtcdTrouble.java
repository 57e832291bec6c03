package io.weir.controller.store;

import io.grpc.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Why a call to one member of etcd failed. */
sealed interface EtcdTrouble {
  /**
   * Another member may do better.
   *
   * @param what it said or did, as in "connection refused"
   */
  record Away(String what) implements EtcdTrouble {}

  /**
   * Every member would say the same.
   *
   * @param sentence what is wrong and what to do about it, without a subject
   */
  record Refused(String sentence) implements EtcdTrouble {}

  /** By the texts and codes of etcd 3.4's and 3.5's {@code rpctypes/error.go}. */
  static EtcdTrouble of(Throwable thrown) {
    if (thrown instanceof TimeoutException) {
      return new Away("no answer");
    }
    Status status = innermost(thrown);
    String said = status.getDescription() == null ? "" : status.getDescription();
    String plain = said.startsWith("etcdserver: ") ? said.substring("etcdserver: ".length()) : said;
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED -> new Away(refused(thrown) ? "connection refused" : "no answer");
      case UNAVAILABLE -> new Away(said.startsWith("etcdserver: ") ? plain : connection(thrown));
      case CANCELLED -> new Away("connection closed");
      case UNKNOWN -> unknown(status, thrown, plain);
      case RESOURCE_EXHAUSTED -> exhausted(plain);
      case PERMISSION_DENIED ->
          new Refused(
              "denies its user the permission; grant it to read and write every key that begins"
                  + " with /weir/ and the cluster's name");
      case UNAUTHENTICATED ->
          // The next connection asks for a new one.
          new Away(plain.isEmpty() ? "no valid token" : plain);
      case INVALID_ARGUMENT, FAILED_PRECONDITION -> wrong(plain);
      default -> new Refused("refused: " + (plain.isEmpty() ? status.getCode() : plain));
    };
  }

  private static EtcdTrouble unknown(Status status, Throwable thrown, String said) {
    // The member gave up itself at our deadline, as one without a leader does.
    if (said.contains("context deadline exceeded") || said.contains("context canceled")) {
      return new Away("no answer");
    }
    return status.getCause() instanceof IOException
            || status.getCause() instanceof RejectedExecutionException
        ? new Away(connection(thrown))
        : new Refused("refused: " + (said.isEmpty() ? "unknown error" : said));
  }

  private static EtcdTrouble exhausted(String said) {
    if (said.contains("database space exceeded")) {
      return new Refused(
          "has no space left for writes (NOSPACE); compact and defragment it, or raise its"
              + " --quota-backend-bytes, then run etcdctl alarm disarm");
    }
    if (said.contains("too many requests")) {
      return new Away("too many requests");
    }
    return new Refused("refused: " + said);
  }

  private static EtcdTrouble wrong(String said) {
    if (said.contains("authentication failed")) {
      return new Refused(
          "does not know this user and password; check --etcd-user and its password");
    }
    if (said.contains("user name is empty")) {
      return new Refused("wants a user; give --etcd-user and --etcd-password-file");
    }
    if (said.contains("authentication is not enabled")) {
      return new Refused("has no users; leave out --etcd-user, or run etcdctl auth enable");
    }
    if (said.contains("revision of auth store is old")) {
      return new Away(said);
    }
    if (said.contains("request is too large")) {
      return new Refused(
          "refused a request as too large; leave its --max-request-bytes at 1.5 MiB or more");
    }
    return new Refused("refused: " + said);
  }

  /** Why there is no connection. */
  private static String connection(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      String message = String.valueOf(t.getMessage());
      if (t instanceof SSLException || message.contains("PKIX")) {
        return certificate(message + " " + (t.getCause() == null ? "" : t.getCause().getMessage()));
      }
      if (t instanceof UnknownHostException) {
        return "the name does not resolve";
      }
      if (t instanceof ConnectException && !refused(thrown)) {
        return message.toLowerCase(Locale.ROOT).contains("timed out")
            ? "no answer"
            : "cannot connect";
      }
    }
    return refused(thrown) ? "connection refused" : "connection closed";
  }

  private static String certificate(String message) {
    if (message.contains("PKIX")) {
      return "its certificate is not signed by an authority of --etcd-ca";
    }
    if (message.contains("No subject alternative") || message.contains("No name matching")) {
      return "its certificate is for another address";
    }
    if (message.contains("not an SSL/TLS record")) {
      return "it speaks no TLS, its URL is http";
    }
    if (message.contains("certificate_required") || message.contains("bad_certificate")) {
      return "it refuses our certificate; check --etcd-cert and --etcd-key";
    }
    return "TLS failed: " + message.strip();
  }

  private static boolean refused(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (String.valueOf(t.getMessage()).contains("Connection refused")) {
        return true;
      }
    }
    return false;
  }

  /** A call for which no token could be had fails with the reason as the cause. */
  private static Status innermost(Throwable thrown) {
    Status status = Status.fromThrowable(thrown);
    while (status.getCode() == Status.Code.UNAUTHENTICATED && status.getCause() != null) {
      Status cause = Status.fromThrowable(status.getCause());
      if (cause.getCode() == Status.Code.UNKNOWN && cause.getDescription() == null) {
        break;
      }
      status = cause;
    }
    return status;
  }
}
