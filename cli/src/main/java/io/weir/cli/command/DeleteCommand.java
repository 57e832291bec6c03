package io.weir.cli.command;

import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Ref;
import io.weir.v1.DeleteRequest;
import io.weir.v1.DeleteResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes resources. */
@Command(
    name = "delete",
    sortOptions = false,
    description = {
      "Deletes the resources that are named, or that files declare.",
      "",
      "Up to 100 are deleted together: all of them or none."
    })
public final class DeleteCommand implements Callable<Integer> {
  private static final int MAX_RESOURCES = 100;

  private final WeirCtl ctl;

  @Parameters(
      arity = "0..*",
      paramLabel = "KIND NAME...",
      hideParamSyntax = true,
      completionCandidates = KindNames.class,
      description = "Or KIND/NAME.")
  private List<String> targets = new ArrayList<>();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR|-",
      description = "Delete what these files declare; only kinds and names count.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = {"-R", "--recursive"},
      description = "Look into the folders of a folder too.")
  private boolean recursive;

  @Option(
      names = "--dry-run",
      description = "Let the controller check everything, but delete nothing.")
  private boolean dryRun;

  @Option(
      names = "--if-revision",
      paramLabel = "N",
      description = "Only if every resource is at this revision.")
  private @Nullable Long ifRevision;

  @Option(
      names = {"-m", "--message"},
      paramLabel = "TEXT",
      description = "Why, for the history.")
  private String message = "";

  @Mixin private final RolloutOptions rollout = new RolloutOptions();

  @Mixin private final WaitOptions waiting = new WaitOptions();

  public DeleteCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (targets.isEmpty() == files.isEmpty()) {
      throw CtlException.error("name what to delete: either KIND NAME... or -f FILE");
    }
    List<Ref> refs =
        files.isEmpty()
            ? Targets.named(targets)
            : Inputs.read(files, recursive, ctl.console().in()).stream()
                .map(declared -> Ref.of(declared.resource()))
                .toList();
    // What refers to others goes first.
    List<Ref> ordered =
        refs.stream().distinct().sorted(Comparator.comparing(Ref::kind).reversed()).toList();
    if (dryRun && waiting.wanted()) {
      throw CtlException.error("--dry-run changes nothing that --wait could wait for");
    }
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      DeleteResponse response = DeleteResponse.getDefaultInstance();
      for (int i = 0; i < ordered.size(); i += MAX_RESOURCES) {
        response =
            delete(ordered.subList(i, Math.min(ordered.size(), i + MAX_RESOURCES)), connection);
      }
      ctl.out().flush();
      return waiting.await(ctl, connection, response.getRevision(), response.getRollout());
    }
  }

  private DeleteResponse delete(List<Ref> refs, Connection connection) {
    DeleteRequest.Builder request =
        DeleteRequest.newBuilder()
            .addAllResources(refs.stream().map(Ref::proto).toList())
            .setDryRun(dryRun)
            .setMessage(message)
            .setRollout(rollout.wish())
            .setAuthor(ctl.author());
    if (ifRevision != null) {
      request.setExpectedRevision(ifRevision);
    }
    DeleteResponse response;
    try {
      response = connection.admin().delete(request.build());
    } catch (StatusRuntimeException e) {
      long expected = ifRevision == null ? 0 : ifRevision;
      throw Refusals.ofDelete(
          e, refs.stream().map(ref -> new Refusals.Expected(ref, expected)).toList(), connection);
    }
    String note = (dryRun ? " (dry run)" : "") + RolloutOptions.note(response.getRollout());
    refs.forEach(ref -> ctl.out().println(ref + " deleted" + note));
    return response;
  }
}
