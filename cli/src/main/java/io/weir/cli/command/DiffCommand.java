package io.weir.cli.command;

import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.Paint;
import io.weir.cli.view.UnifiedDiff;
import io.weir.cli.yaml.Declared;
import io.weir.cli.yaml.ResourceTree;
import io.weir.cli.yaml.YamlWriter;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResult;
import io.weir.v1.Resource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what an apply would change. */
@Command(
    name = "diff",
    sortOptions = false,
    exitCodeOnExecutionException = 2,
    description = {
      "Shows what applying files would change, as checked by the controller.",
      "",
      "Exit status: 0 nothing would change, 1 something would, 2 an error."
    })
public final class DiffCommand implements Callable<Integer> {
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

  public DiffCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    List<Declared> resources = Inputs.read(files, recursive, ctl.console().in());
    boolean differs = false;
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      for (List<Declared> batch : Batches.of(resources)) {
        differs |= diff(batch, connection);
      }
    }
    return differs ? 1 : 0;
  }

  private boolean diff(List<Declared> batch, Connection connection) {
    ApplyRequest request =
        ApplyRequest.newBuilder()
            .setDryRun(true)
            .addAllResources(batch.stream().map(Declared::resource).toList())
            .build();
    List<ApplyResult> results;
    try {
      results = connection.admin().apply(request).getResultsList();
    } catch (StatusRuntimeException e) {
      throw Refusals.ofApply(e, batch, ApplyCommand.expectations(batch, null), connection);
    }
    boolean differs = false;
    for (int i = 0; i < results.size(); i++) {
      String diff = diff(results.get(i), batch.get(i).file());
      ctl.out().print(diff);
      differs |= !diff.isEmpty();
    }
    return differs;
  }

  private String diff(ApplyResult result, String file) {
    Ref ref = Ref.of(result.getResource());
    String before =
        result.hasBefore()
            ? "revision " + result.getBefore().getMetadata().getRevision()
            : "does not exist";
    return UnifiedDiff.of(
        ref + "\t" + before,
        result.hasBefore() ? yaml(result.getBefore()) : "",
        ref + "\t" + file,
        yaml(result.getAfter()),
        ctl.console().colour() ? Paint.ANSI : Paint.PLAIN);
  }

  private static String yaml(Resource resource) {
    return YamlWriter.write(ResourceTree.of(resource, ResourceTree.Form.DECLARED));
  }
}
