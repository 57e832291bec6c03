package io.weir.cli.admin;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.weir.cli.yaml.Durations;
import io.weir.v1.Violation;
import io.weir.v1.Violations;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What a call that failed means to the person who made it. */
public final class Failures {
  private Failures() {}

  /** {@code failure}: a StatusRuntimeException or StatusException, or a bug. */
  public static CtlException explain(Throwable failure, String address, Duration timeout) {
    return switch (failure) {
      case CtlException known -> known;
      case StatusRuntimeException e -> explain(e, e.getStatus(), address, timeout);
      case StatusException e -> explain(e, e.getStatus(), address, timeout);
      default -> CtlException.error("this is a bug in weir: " + failure);
    };
  }

  private static CtlException explain(
      Throwable failure, Status status, String address, Duration timeout) {
    List<Violation> violations = violations(failure);
    if (!violations.isEmpty()) {
      return CtlException.error(
          violations.stream().map(Failures::line).toList(), refusal(violations.size()));
    }
    String said = Optional.ofNullable(status.getDescription()).orElse("no reason given");
    return CtlException.error(
        switch (status.getCode()) {
          case UNAVAILABLE ->
              unreachable(status)
                  .map(why ->
                      "cannot reach the controller at "
                          + address
                          + ": "
                          + why
                          + "; is it running, and is --controller (WEIR_CONTROLLER) right?")
                  .orElseGet(() -> "the controller at " + address + " is not available: " + said);
          case DEADLINE_EXCEEDED -> lateness(address, timeout);
          case UNIMPLEMENTED ->
              "the server at "
                  + address
                  + " does not know this request; is it a Weir controller, and no older than this"
                  + " weir?";
          case NOT_FOUND,
              ALREADY_EXISTS,
              INVALID_ARGUMENT,
              FAILED_PRECONDITION,
              ABORTED,
              OUT_OF_RANGE,
              RESOURCE_EXHAUSTED,
              PERMISSION_DENIED,
              UNAUTHENTICATED ->
              said;
          case OK, CANCELLED, UNKNOWN, INTERNAL, DATA_LOSS ->
              "the controller at %s failed: %s (%s)".formatted(address, said, status.getCode());
        });
  }

  /** It did not answer in time. */
  public static CtlException late(String address, Duration timeout) {
    return CtlException.error(lateness(address, timeout));
  }

  private static String lateness(String address, Duration timeout) {
    return "no answer from the controller at %s within %s; look at its log, or wait longer with --timeout"
        .formatted(address, Durations.format(timeout));
  }

  /** "the controller refused this: 2 problems; nothing was changed". */
  public static String refusal(int problems) {
    return "the controller refused this: "
        + (problems == 1 ? "1 problem" : problems + " problems")
        + "; nothing was changed";
  }

  /** All that the failure's details tell. */
  public static List<Violation> violations(Throwable failure) {
    com.google.rpc.@Nullable Status status = StatusProto.fromThrowable(failure);
    if (status == null) {
      return List.of();
    }
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(Violations.class)) {
          return detail.unpack(Violations.class).getViolationsList();
        }
      }
    } catch (InvalidProtocolBufferException e) {
      return List.of(); // then the description has to do
    }
    return List.of();
  }

  /** "Listener/web: bind: reason". */
  public static String line(Violation violation) {
    StringBuilder line = new StringBuilder();
    if (violation.hasResource()) {
      line.append(violation.getResource().getKind())
          .append('/')
          .append(violation.getResource().getName())
          .append(": ");
    }
    if (!violation.getField().isEmpty()) {
      line.append(violation.getField()).append(": ");
    }
    return line.append(violation.getReason()).toString();
  }

  /** Of the alerts and checks of RFC 8446 those that people meet. */
  private static String tls(String said) {
    String text = said.toLowerCase(Locale.ROOT);
    int refusal = text.indexOf("its certificate ");
    if (refusal >= 0 && text.endsWith(ControllersOnly.REFUSAL)) {
      return said.substring(refusal);
    }
    if (text.contains("certificate_required") || text.contains("empty client certificate")) {
      return "it asks for a certificate (--tls-cert, --tls-key)";
    }
    if (text.contains("certificate_expired")) {
      return "it refuses the certificate of --tls-cert, which has expired";
    }
    if (text.contains("received fatal alert: certificate_unknown")
        || text.contains("received fatal alert: unknown_ca")
        || text.contains("received fatal alert: bad_certificate")) {
      return "it refuses the certificate of --tls-cert: expired, or of another authority";
    }
    if (text.contains("path building failed") || text.contains("path validation failed")) {
      return "its certificate is not signed by an authority of --tls-ca, or has expired";
    }
    if (text.contains("no subject alternative") || text.contains("no name matching")) {
      return "its certificate is not for this address: " + said;
    }
    if (text.contains("not an ssl/tls record") || text.contains("unsupported or unrecognized")) {
      return "it does not speak TLS";
    }
    return "no TLS with it: " + said;
  }

  /** Why there is no connection; empty when it was a controller that answered UNAVAILABLE. */
  private static Optional<String> unreachable(Status status) {
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException) {
        return Optional.of("no such host");
      }
      if (cause instanceof SSLException) {
        return Optional.of(tls(String.valueOf(cause.getMessage())));
      }
      if (cause instanceof ConnectException) {
        return Optional.of(
            String.valueOf(cause.getMessage()).contains("refused")
                ? "connection refused"
                : "cannot connect");
      }
      if (cause instanceof IOException && cause.getCause() == null) {
        return Optional.of("the connection was lost (" + cause.getMessage() + ")");
      }
    }
    return status.getCause() == null ? Optional.empty() : Optional.of("cannot connect");
  }
}
