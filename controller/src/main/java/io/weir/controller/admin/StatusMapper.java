package io.weir.controller.admin;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.store.StoreException;
import io.weir.v1.Violation;
import io.weir.v1.Violations;
import java.util.ArrayList;
import java.util.List;

/** What callers of the admin API see of a refusal. */
final class StatusMapper {
  /**
   * Status and details travel in header fields, of which a gRPC client takes 8,192 bytes in all
   * unless told otherwise; base64 makes 4 bytes of 3.
   */
  private static final int MAX_DETAIL_BYTES = 4_800;

  private static final int MAX_SENTENCE = 600;

  private StatusMapper() {}

  static StatusRuntimeException exception(Refusal refusal) {
    return switch (refusal) {
      case Refusal.Invalid invalid -> violations(Code.INVALID_ARGUMENT, invalid.violations());
      case Refusal.Breaking breaking -> violations(Code.FAILED_PRECONDITION, breaking.violations());
      case Refusal.Malformed malformed -> plain(Status.INVALID_ARGUMENT, malformed.sentence());
      case Refusal.Premature premature -> plain(Status.FAILED_PRECONDITION, premature.sentence());
      case Refusal.Stale stale -> plain(Status.ABORTED, stale.sentence());
      case Refusal.Missing missing -> plain(Status.NOT_FOUND, missing.sentence());
      case Refusal.OutOfHistory out -> plain(Status.OUT_OF_RANGE, out.sentence());
      case Refusal.TooLarge large -> plain(Status.RESOURCE_EXHAUSTED, large.sentence());
      case Refusal.Leaderless _ ->
          plain(
              Status.UNAVAILABLE,
              "no controller leads now, so nobody judges endpoints; ask again in a moment");
    };
  }

  static StatusRuntimeException exception(StoreException e) {
    String reason = e.getMessage() == null ? "no reason given" : e.getMessage();
    return plain(Status.UNAVAILABLE, "the store did not answer: " + reason);
  }

  private static StatusRuntimeException plain(Status status, String sentence) {
    return status.withDescription(shortened(sentence)).asRuntimeException();
  }

  private static StatusRuntimeException violations(Code code, List<Violation> violations) {
    Violations.Builder details = Violations.newBuilder();
    int room = MAX_DETAIL_BYTES;
    for (Violation violation : violations) {
      room -= violation.getSerializedSize() + 4;
      if (room < 0) {
        int left = violations.size() - details.getViolationsCount();
        details.addViolations(
            Violation.newBuilder().setReason(left + " more do not fit here; fix these first"));
        break;
      }
      details.addViolations(violation);
    }
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(sentence(violations))
            .addDetails(Any.pack(details.build()))
            .build());
  }

  /** For those who show only the message. */
  private static String sentence(List<Violation> violations) {
    List<String> shown = new ArrayList<>();
    violations.stream().limit(3).forEach(violation -> shown.add(text(violation)));
    int more = violations.size() - shown.size();
    return shortened(String.join("; ", shown)) + (more > 0 ? "; and " + more + " more" : "");
  }

  /** {@code Pool backend: endpoints[1].weight: must be 0 to 65535, is -1}. */
  static String text(Violation violation) {
    StringBuilder text = new StringBuilder();
    if (violation.hasResource()) {
      text.append(violation.getResource().getKind()).append(' ');
      text.append(violation.getResource().getName());
      text.append(": ");
    }
    if (!violation.getField().isEmpty()) {
      text.append(violation.getField()).append(": ");
    }
    return text.append(violation.getReason()).toString().strip();
  }

  private static String shortened(String sentence) {
    return sentence.length() <= MAX_SENTENCE ? sentence : sentence.substring(0, MAX_SENTENCE) + "…";
  }
}
