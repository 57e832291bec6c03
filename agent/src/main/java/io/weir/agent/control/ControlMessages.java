package io.weir.agent.control;

import io.grpc.Status;
import io.weir.agent.model.Refusal;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.Hello;
import io.weir.v1.Nack;
import io.weir.v1.ResourceRef;
import io.weir.v1.Violation;
import io.weir.v1.Welcome;
import java.time.Duration;
import java.util.List;

/** To and from what goes over the stream. Pure. */
final class ControlMessages {
  private static final Duration LEAST_REPORT_INTERVAL = Duration.ofMillis(100);
  private static final Duration MOST_REPORT_INTERVAL = Duration.ofMinutes(1);
  private static final Duration DEFAULT_REPORT_INTERVAL = Duration.ofSeconds(1);

  private ControlMessages() {}

  static AgentMessage hello(Identity identity, Replica running) {
    return AgentMessage.newBuilder()
        .setHello(
            Hello.newBuilder()
                .setCluster(identity.cluster())
                .setAgent(identity.name())
                .putAllLabels(identity.labels())
                .setVersion(identity.version())
                .setInstance(identity.instance())
                .setGossip(identity.gossip())
                .setEpoch(running.epoch())
                .setRevision(running.revision())
                .setScope(running.scope()))
        .build();
  }

  static AgentMessage ack(String epoch, long term, long revision) {
    return AgentMessage.newBuilder()
        .setAck(Ack.newBuilder().setEpoch(epoch).setTerm(term).setRevision(revision))
        .build();
  }

  static AgentMessage nack(String epoch, long term, long revision, List<Violation> violations) {
    return AgentMessage.newBuilder()
        .setNack(
            Nack.newBuilder()
                .setEpoch(epoch)
                .setTerm(term)
                .setRevision(revision)
                .addAllViolations(violations))
        .build();
  }

  /** Of no resource in particular. */
  static Violation violation(String field, String reason) {
    return Violation.newBuilder().setField(field).setReason(reason).build();
  }

  static Violation violation(Refusal refusal) {
    return Violation.newBuilder()
        .setResource(ResourceRef.newBuilder().setKind(refusal.kind()).setName(refusal.name()))
        .setField(refusal.field())
        .setReason(refusal.reason())
        .build();
  }

  /** For a log line. */
  static String text(List<Violation> violations) {
    StringBuilder text = new StringBuilder();
    for (Violation v : violations) {
      text.append(text.isEmpty() ? "" : "; ");
      if (v.hasResource()) {
        text.append(v.getResource().getKind()).append(' ').append(v.getResource().getName());
        text.append(' ');
      }
      text.append(v.getField()).append(v.getField().isEmpty() ? "" : ": ").append(v.getReason());
    }
    return text.toString();
  }

  /** From 100 ms to 1 min; 1 s when the controller does not say. */
  static Duration reportInterval(Welcome welcome) {
    if (!welcome.hasReportInterval()) {
      return DEFAULT_REPORT_INTERVAL;
    }
    com.google.protobuf.Duration wished = welcome.getReportInterval();
    long seconds = Math.clamp(wished.getSeconds(), -1, MOST_REPORT_INTERVAL.toSeconds());
    Duration interval = Duration.ofSeconds(seconds, wished.getNanos());
    if (interval.compareTo(LEAST_REPORT_INTERVAL) < 0) {
      return LEAST_REPORT_INTERVAL;
    }
    return interval.compareTo(MOST_REPORT_INTERVAL) > 0 ? MOST_REPORT_INTERVAL : interval;
  }

  /** What went wrong, in the words of whoever knows best. */
  static String reason(Status status) {
    Throwable cause = status.getCause();
    String description = status.getDescription() == null ? "" : status.getDescription();
    if (cause != null && cause.getMessage() != null && description.equals("io exception")) {
      return String.valueOf(cause.getMessage());
    }
    return description.isEmpty() ? status.getCode().name() : description;
  }
}
