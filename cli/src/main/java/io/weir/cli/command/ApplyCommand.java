package io.weir.cli.command;

import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.CommitRows;
import io.weir.cli.yaml.Declared;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.ApplyResult;
import io.weir.v1.RolloutWish;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Creates and changes resources. */
@Command(
    name = "apply",
    sortOptions = false,
    description = {
      "Creates or replaces the resources that files declare.",
      "",
      "Up to 100 resources are applied together: all of them or none. More are applied in",
      "several steps, pools first."
    })
public final class ApplyCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "FILE|DIR|-",
      description = "YAML or JSON to read; a folder's *.yaml, *.yml and *.json; - for stdin.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = {"-R", "--recursive"},
      description = "Look into the folders of a folder too.")
  private boolean recursive;

  @Option(
      names = "--dry-run",
      description = "Let the controller check everything, but change nothing.")
  private boolean dryRun;

  @Option(
      names = "--if-revision",
      paramLabel = "N",
      description = "Only if every resource is at this revision; 0: only if none exists.")
  private @Nullable Long ifRevision;

  @Option(
      names = {"-m", "--message"},
      paramLabel = "TEXT",
      description = "Why, for the history.")
  private String message = "";

  @Mixin private final RolloutOptions rollout = new RolloutOptions();

  @Mixin private final WaitOptions waiting = new WaitOptions();

  public ApplyCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    List<Declared> resources = Inputs.read(files, recursive, ctl.console().in());
    if (dryRun && waiting.wanted()) {
      throw CtlException.error("--dry-run changes nothing that --wait could wait for");
    }
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      int done = 0;
      ApplyResponse response = ApplyResponse.getDefaultInstance();
      RolloutWish wish = rollout.wish();
      List<List<Declared>> batches = Batches.of(resources);
      if (batches.size() > 1 && (wish.hasPolicy() || wish.hasPlan())) {
        throw CtlException.error(
            "a change that goes out step by step has 100 resources at most; this has "
                + resources.size());
      }
      for (List<Declared> batch : batches) {
        response = apply(batch, wish, connection, done);
        done += batch.size();
      }
      ctl.out().flush();
      return waiting.await(ctl, connection, response.getRevision(), response.getRollout());
    }
  }

  private ApplyResponse apply(
      List<Declared> batch, RolloutWish wish, Connection connection, int done) {
    ApplyRequest.Builder request =
        ApplyRequest.newBuilder()
            .setDryRun(dryRun)
            .setMessage(message)
            .setRollout(wish)
            .setAuthor(ctl.author())
            .addAllResources(batch.stream().map(Declared::resource).toList());
    if (ifRevision != null) {
      request.setExpectedRevision(ifRevision);
    }
    try {
      ApplyResponse response = connection.admin().apply(request.build());
      for (ApplyResult result : response.getResultsList()) {
        String outcome = CommitRows.outcome(result.getOutcome());
        String note = dryRun ? " (dry run)" : "";
        ctl.out()
            .println(
                Ref.of(result.getResource())
                    + " "
                    + outcome
                    + note
                    + RolloutOptions.note(response.getRollout()));
      }
      return response;
    } catch (StatusRuntimeException e) {
      RuntimeException why =
          Refusals.ofApply(e, batch, expectations(batch, ifRevision), connection);
      if (done == 0 || dryRun || !(why instanceof CtlException refused)) {
        throw why;
      }
      List<String> lines = refused.lines();
      throw CtlException.error(
          lines, "the resources listed before were applied; these and what follows were not");
    }
  }

  static List<Refusals.Expected> expectations(List<Declared> batch, @Nullable Long all) {
    List<Refusals.Expected> expected = new ArrayList<>();
    for (Declared declared : batch) {
      Ref ref = Ref.of(declared.resource());
      long own = declared.resource().getMetadata().getRevision();
      if (own > 0) {
        expected.add(new Refusals.Expected(ref, own));
      } else if (all != null) {
        expected.add(new Refusals.Expected(ref, all));
      }
    }
    return expected;
  }
}
