package io.weir.cli.command;

import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.Paint;
import io.weir.cli.view.UnifiedDiff;
import io.weir.cli.yaml.Declared;
import io.weir.cli.yaml.ResourceTree;
import io.weir.cli.yaml.YamlWriter;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResult;
import io.weir.v1.ListRequest;
import io.weir.v1.Resource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what an apply would change, or what changed between two revisions. */
@Command(
    name = "diff",
    sortOptions = false,
    exitCodeOnExecutionException = 2,
    description = {
      "Shows what applying files would change, as checked by the controller; or, with --from,",
      "what changed between two revisions (see history).",
      "",
      "Exit status: 0 nothing would change, 1 something would, 2 an error."
    })
public final class DiffCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR|-",
      description = "YAML or JSON to read; a folder's *.yaml, *.yml and *.json; - for stdin.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = {"-R", "--recursive"},
      description = "Look into the folders of a folder too.")
  private boolean recursive;

  @Option(
      names = "--from",
      paramLabel = "REVISION",
      description = "What was declared once this revision was written.")
  private @Nullable Long from;

  @Option(
      names = "--to",
      paramLabel = "REVISION",
      description = "With --from: compared with what (default: what is declared now).")
  private long to;

  public DiffCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (files.isEmpty() == (from == null) || (to != 0 && from == null)) {
      throw CtlException.error("give either files with -f, or --from REVISION [--to REVISION]");
    }
    if (from != null) {
      return between(from);
    }
    List<Declared> resources = Inputs.read(files, recursive, ctl.console().in());
    boolean differs = false;
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      for (List<Declared> batch : Batches.of(resources)) {
        differs |= diff(batch, connection);
      }
    }
    return differs ? 1 : 0;
  }

  private int between(long first) {
    Map<String, Resource> before;
    Map<String, Resource> after;
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      before = at(first, connection);
      after = at(to, connection);
    }
    String then = "revision " + first;
    String now = to == 0 ? "now" : "revision " + to;
    SortedSet<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    boolean differs = false;
    for (String name : names) {
      Resource was = before.get(name);
      Resource is = after.get(name);
      String diff =
          UnifiedDiff.of(
              name + "\t" + (was == null ? "does not exist" : then),
              was == null ? "" : yaml(was),
              name + "\t" + (is == null ? "does not exist" : now),
              is == null ? "" : yaml(is),
              ctl.console().colour() ? Paint.ANSI : Paint.PLAIN);
      ctl.out().print(diff);
      differs |= !diff.isEmpty();
    }
    return differs ? 1 : 0;
  }

  private static Map<String, Resource> at(long revision, Connection connection) {
    Map<String, Resource> resources = new TreeMap<>();
    connection
        .admin()
        .list(ListRequest.newBuilder().setAtRevision(revision).build())
        .getResourcesList()
        .forEach(resource -> resources.put(Ref.of(resource).toString(), resource));
    return resources;
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
