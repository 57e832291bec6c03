package io.weir.cli.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Failures;
import io.weir.cli.admin.Ref;
import io.weir.cli.yaml.Declared;
import io.weir.v1.ListRequest;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Says what a refused write was refused for, in terms of what the person wrote. */
final class Refusals {
  private Refusals() {}

  /** A write expected {@code ref} to be at {@code revision}; 0: not to exist. */
  record Expected(Ref ref, long revision) {}

  static CtlException notFound(Ref ref) {
    return CtlException.error(missing(ref));
  }

  private static String missing(Ref ref) {
    return ref.kind().lower() + " \"" + ref.name() + "\" not found";
  }

  /** Violations get the place in the input of what they are about. */
  static RuntimeException ofApply(
      StatusRuntimeException failure,
      List<Declared> batch,
      List<Expected> expected,
      Connection connection) {
    if (failure.getStatus().getCode() == Status.Code.ABORTED) {
      return conflict(failure, expected, connection);
    }
    List<Violation> violations = Failures.violations(failure);
    if (violations.isEmpty()) {
      return failure;
    }
    Map<ResourceRef, Declared> byRef =
        batch.stream()
            .collect(
                Collectors.toMap(
                    declared -> Ref.of(declared.resource()).proto(), Function.identity()));
    List<String> lines = new ArrayList<>();
    for (Violation violation : violations) {
      Declared declared = byRef.get(violation.getResource());
      lines.add(
          declared == null
              ? Failures.line(violation)
              : declared.problem(violation.getField(), violation.getReason()).toString());
    }
    return CtlException.error(lines, Failures.refusal(violations.size()));
  }

  /** Looks which of them are not at the revision expected. */
  static RuntimeException conflict(
      StatusRuntimeException failure, List<Expected> expected, Connection connection) {
    Map<Ref, Long> revisions = revisions(expected, connection);
    List<String> lines =
        expected.stream()
            .filter(e -> revisions.getOrDefault(e.ref(), 0L) != e.revision())
            .map(e -> changed(e, revisions.getOrDefault(e.ref(), 0L)))
            .toList();
    return switch (lines.size()) {
      case 0 -> failure;
      case 1 -> CtlException.error(lines.getFirst() + "; get it again and redo the change");
      default ->
          CtlException.error(
              lines, lines.size() + " resources are not as expected; nothing was changed");
    };
  }

  private static String changed(Expected expected, long now) {
    if (expected.revision() == 0) {
      return expected.ref() + " exists already (revision " + now + ")";
    }
    return now == 0
        ? expected.ref() + " does not exist (expected at revision " + expected.revision() + ")"
        : "%s was changed by someone else since revision %d (now %d)"
            .formatted(expected.ref(), expected.revision(), now);
  }

  /** Names those of {@code refs} that do not exist. */
  static RuntimeException ofDelete(
      StatusRuntimeException failure, List<Expected> expected, Connection connection) {
    return switch (failure.getStatus().getCode()) {
      case NOT_FOUND -> {
        Map<Ref, Long> revisions = revisions(expected, connection);
        List<Ref> missing =
            expected.stream()
                .map(Expected::ref)
                .filter(ref -> !revisions.containsKey(ref))
                .toList();
        yield switch (missing.size()) {
          case 0 -> failure;
          case 1 -> notFound(missing.getFirst());
          default ->
              CtlException.error(
                  missing.stream().map(ref -> "error: " + missing(ref)).toList(),
                  "nothing was deleted");
        };
      }
      case ABORTED -> conflict(failure, expected, connection);
      default -> failure;
    };
  }

  /** Of all that exists of their kinds. */
  private static Map<Ref, Long> revisions(List<Expected> expected, Connection connection) {
    return expected.stream()
        .map(e -> e.ref().kind())
        .distinct()
        .map(kind -> ListRequest.newBuilder().setKind(kind.title()).build())
        .flatMap(request -> connection.admin().list(request).getResourcesList().stream())
        .collect(Collectors.toMap(Ref::of, Refusals::revision));
  }

  private static long revision(Resource resource) {
    return resource.getMetadata().getRevision();
  }
}
