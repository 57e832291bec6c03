package io.weir.cli.view;

import io.weir.cli.admin.Ref;
import io.weir.v1.AuditChange;
import io.weir.v1.AuditRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Who wrote what, and who was refused. */
public final class AuditRows {
  private static final List<String> HEADERS =
      List.of("AGE", "WHO", "FROM", "CALL", "OUTCOME", "WHAT");
  private static final int LISTED = 3;

  private AuditRows() {}

  public static Table of(List<AuditRecord> records, Instant now) {
    Table table = new Table(HEADERS);
    records.forEach(record -> table.row(row(record, now)));
    return table;
  }

  /**
   * Of several controllers.
   *
   * @param addresses of those, by id
   */
  public static Table of(List<AuditRecord> records, Map<String, String> addresses, Instant now) {
    List<String> headers = new ArrayList<>(HEADERS);
    headers.add(1, "CONTROLLER");
    Table table = new Table(headers);
    for (AuditRecord record : records) {
      List<String> row = new ArrayList<>(row(record, now));
      row.add(1, addresses.getOrDefault(record.getController(), record.getController()));
      table.row(row);
    }
    return table;
  }

  private static List<String> row(AuditRecord record, Instant now) {
    return List.of(
        Ages.since(record.getTime(), now),
        who(record),
        record.getPeer(),
        record.getCall().isEmpty()
            ? "<none>"
            : record.getCall().substring(record.getCall().lastIndexOf('/') + 1),
        record.getOutcome(),
        what(record));
  }

  private static String who(AuditRecord record) {
    if (!record.getIdentity().isEmpty()) {
      return record.getIdentity();
    }
    return record.getClaimed().isEmpty() ? "<unknown>" : record.getClaimed() + " (claimed)";
  }

  private static String what(AuditRecord record) {
    String changes =
        record.getChangesList().stream()
            .limit(LISTED)
            .map(AuditRows::change)
            .collect(Collectors.joining(", "));
    int more = record.getChangesCount() - LISTED;
    String all = more > 0 ? changes + " + " + more + " more" : changes;
    if (all.isEmpty() || record.getSentence().isEmpty()) {
      return all + record.getSentence();
    }
    return all + ": " + record.getSentence();
  }

  private static String change(AuditChange change) {
    String ref = Ref.of(change.getResource()).toString();
    return change.getFromRevision() == 0 && change.getToRevision() == 0
        ? ref
        : "%s %d to %d".formatted(ref, change.getFromRevision(), change.getToRevision());
  }
}
