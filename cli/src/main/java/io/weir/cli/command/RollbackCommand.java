package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.CommitRows;
import io.weir.v1.ApplyResponse;
import io.weir.v1.ApplyResult;
import io.weir.v1.RollbackRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Goes back. */
@Command(
    name = "rollback",
    sortOptions = false,
    description = "Declares again what was declared at an earlier revision (see history).")
public final class RollbackCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(
      index = "0",
      paramLabel = "REVISION",
      description = "To what was declared once this revision was written.")
  private long revision;

  @Parameters(
      index = "1..*",
      arity = "0..2",
      paramLabel = "[KIND NAME]",
      hideParamSyntax = true,
      completionCandidates = KindNames.class,
      description = "Only this resource; or KIND/NAME.")
  private List<String> target = new ArrayList<>();

  @Option(names = "--dry-run", description = "Show what would change, but change nothing.")
  private boolean dryRun;

  @Option(
      names = "--if-revision",
      paramLabel = "N",
      description =
          "Only if the resource is at this revision; without a resource, only if nothing was"
              + " written after it.")
  private @Nullable Long ifRevision;

  @Option(
      names = {"-m", "--message"},
      paramLabel = "TEXT",
      description = "Why, for the history.")
  private String message = "";

  @Mixin private final RolloutOptions rollout = new RolloutOptions();

  @Mixin private final WaitOptions waiting = new WaitOptions();

  public RollbackCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (revision < 1) {
      throw CtlException.error("REVISION must be 1 or more, not " + revision);
    }
    if (dryRun && waiting.wanted()) {
      throw CtlException.error("--dry-run changes nothing that --wait could wait for");
    }
    RollbackRequest.Builder request =
        RollbackRequest.newBuilder()
            .setRevision(revision)
            .setDryRun(dryRun)
            .setMessage(message)
            .setRollout(rollout.wish())
            .setAuthor(ctl.author());
    if (ifRevision != null) {
      request.setExpectedRevision(ifRevision);
    }
    if (!target.isEmpty()) {
      request.setResource(Targets.one(target).proto());
    }
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      ApplyResponse response = connection.admin().rollback(request.build());
      List<ApplyResult> results = response.getResultsList();
      for (ApplyResult result : results) {
        ctl.out()
            .println(
                Ref.of(result.getResource())
                    + " "
                    + CommitRows.outcome(result.getOutcome())
                    + (dryRun ? " (dry run)" : "")
                    + RolloutOptions.note(response.getRollout()));
      }
      if (results.isEmpty()) {
        ctl.console().err().println("Nothing has changed since revision " + revision + ".");
      }
      ctl.out().flush();
      return waiting.await(ctl, connection, response.getRevision(), response.getRollout());
    }
  }
}
