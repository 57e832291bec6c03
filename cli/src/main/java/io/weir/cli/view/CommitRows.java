package io.weir.cli.view;

import io.weir.cli.admin.Ref;
import io.weir.v1.ApplyResult;
import io.weir.v1.Commit;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** The history as a table. */
public final class CommitRows {
  private static final int LISTED = 3;

  private CommitRows() {}

  public static Table of(List<Commit> commits, Instant now) {
    Table table = new Table(List.of("REVISION", "AGE", "AUTHOR", "CHANGES", "MESSAGE"));
    for (Commit commit : commits) {
      table.row(
          List.of(
              String.valueOf(commit.getRevision()),
              Ages.since(commit.getTime(), now),
              author(commit),
              changes(commit.getChangesList()),
              commit.getRollout() == 0
                  ? commit.getMessage()
                  : (commit.getMessage().isEmpty() ? "" : commit.getMessage() + " ")
                      + "(by rollout %d)".formatted(commit.getRollout())));
    }
    return table;
  }

  /** What came from elsewhere without a certificate is what somebody says of themselves. */
  private static String author(Commit commit) {
    String name = commit.getAuthor().isEmpty() ? "<none>" : commit.getAuthor();
    return commit.getAuthenticated() || commit.getPeer().isEmpty() ? name : name + " (claimed)";
  }

  private static String changes(List<Commit.Change> changes) {
    String some =
        changes.stream()
            .limit(LISTED)
            .map(change -> Ref.of(change.getResource()) + " " + outcome(change.getOutcome()))
            .collect(Collectors.joining(", "));
    return changes.size() <= LISTED ? some : some + " + " + (changes.size() - LISTED) + " more";
  }

  /** As kubectl says it: "created", "configured", "unchanged", "deleted". */
  public static String outcome(ApplyResult.Outcome outcome) {
    return switch (outcome) {
      case OUTCOME_CREATED -> "created";
      case OUTCOME_CONFIGURED -> "configured";
      case OUTCOME_UNCHANGED -> "unchanged";
      case OUTCOME_DELETED -> "deleted";
      case OUTCOME_UNSPECIFIED, UNRECOGNIZED -> "changed";
    };
  }
}
