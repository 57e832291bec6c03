package io.weir.cli.command;

import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Failures;
import io.weir.cli.admin.HostPort;
import io.weir.v1.AuditRecord;
import io.weir.v1.AuditRequest;
import io.weir.v1.AuditResponse;
import io.weir.v1.ClusterRequest;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the controllers of a cluster keep of writes and refusals.
 *
 * @param answers one of each that answered
 * @param addresses of those, by id
 * @param silent why each of the others did not, in a sentence
 */
record Audits(List<AuditResponse> answers, Map<String, String> addresses, List<String> silent) {
  private static final Comparator<AuditRecord> NEWEST_FIRST =
      Comparator.comparing(Audits::time).reversed();

  Audits {
    answers = List.copyOf(answers);
    addresses = Map.copyOf(addresses);
    silent = List.copyOf(silent);
  }

  /**
   * Asks one after the other, each for as long as any call may take.
   *
   * @param here only the first
   */
  static Audits ask(WeirCtl ctl, AuditRequest request, boolean here) {
    List<AuditResponse> answers = new ArrayList<>();
    Map<String, String> addresses = new LinkedHashMap<>();
    List<String> silent = new ArrayList<>();
    ClusterResponse cluster = ClusterResponse.getDefaultInstance();
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      answers.add(connection.admin().audit(request));
      if (!here) {
        cluster = connection.admin().cluster(ClusterRequest.getDefaultInstance());
      }
    }
    for (ControllerStatus one : cluster.getControllersList()) {
      if (one.getId().equals(cluster.getAnsweredBy())) {
        addresses.put(one.getId(), one.getAddress());
        continue;
      }
      try {
        answers.add(other(ctl, one.getAddress(), request));
        addresses.put(one.getId(), one.getAddress());
      } catch (CtlException e) {
        silent.add("controller %s is not asked: %s".formatted(one.getAddress(), why(e)));
      }
    }
    return new Audits(answers, addresses, silent);
  }

  private static AuditResponse other(WeirCtl ctl, String address, AuditRequest request) {
    HostPort where =
        HostPort.parse(address)
            .orElseThrow(() -> CtlException.error("\"" + address + "\" is no address"));
    try (Connection connection = new Connection(ctl.other(where), ctl.timeout())) {
      return connection.admin().audit(request);
    } catch (StatusRuntimeException e) {
      throw Failures.explain(e, address, ctl.timeout());
    }
  }

  private static Instant time(AuditRecord record) {
    return Instant.ofEpochSecond(record.getTime().getSeconds(), record.getTime().getNanos());
  }

  private static String why(CtlException failure) {
    String sentence = failure.lines().isEmpty() ? "" : failure.lines().getLast();
    return sentence.startsWith("error: ") ? sentence.substring("error: ".length()) : sentence;
  }

  /** Of all of them, newest first. */
  AuditResponse merged(int limit) {
    return AuditResponse.newBuilder()
        .addAllRecords(
            answers.stream()
                .flatMap(answer -> answer.getRecordsList().stream())
                .sorted(NEWEST_FIRST)
                .limit(limit)
                .toList())
        .setDropped(answers.stream().mapToLong(AuditResponse::getDropped).sum())
        .build();
  }
}
