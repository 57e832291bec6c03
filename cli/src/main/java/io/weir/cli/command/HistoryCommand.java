package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.view.CommitRows;
import io.weir.cli.view.Paint;
import io.weir.cli.view.Table;
import io.weir.v1.HistoryRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows who changed what. */
@Command(
    name = "history",
    sortOptions = false,
    description = "Shows who changed what and why, newest first.")
public final class HistoryCommand implements Callable<Integer> {
  private static final int MAX_LIMIT = 1_000;

  private final WeirCtl ctl;

  @Parameters(
      arity = "0..2",
      paramLabel = "[KIND NAME]",
      hideParamSyntax = true,
      completionCandidates = KindNames.class,
      description = "Only the history of this resource; or KIND/NAME.")
  private List<String> target = new ArrayList<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "At most so many changes, 1 to 1000 (default 20).")
  private int limit = 20;

  public HistoryCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw CtlException.error("--limit must be 1 to " + MAX_LIMIT + ", not " + limit);
    }
    HistoryRequest.Builder request = HistoryRequest.newBuilder().setLimit(limit);
    if (!target.isEmpty()) {
      request.setResource(Targets.one(target).proto());
    }
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      Table table =
          CommitRows.of(connection.admin().history(request.build()).getCommitsList(), ctl.now());
      if (table.isEmpty()) {
        ctl.console().err().println("No changes found.");
      } else {
        ctl.out().print(table.render(Paint.PLAIN));
      }
    }
    return 0;
  }
}
