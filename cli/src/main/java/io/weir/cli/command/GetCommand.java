package io.weir.cli.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.v1.GetRequest;
import io.weir.v1.ListRequest;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Lists resources. */
@Command(
    name = "get",
    sortOptions = false,
    description = "Lists resources, or shows those that are named.")
public final class GetCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  /** How to print. */
  public enum Output {
    TABLE,
    WIDE,
    JSON,
    YAML,
    NAME;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      arity = "1..*",
      paramLabel = "KIND [NAME...]",
      hideParamSyntax = true,
      completionCandidates = KindNames.class,
      description = "A kind, or several with commas, or all; or KIND/NAME.")
  private List<String> targets = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      converter = OutputOption.class,
      completionCandidates = OutputNames.class,
      description = "table (default), wide, json, yaml or name.")
  private Output output = Output.TABLE;

  @Option(
      names = {"-l", "--selector"},
      split = ",",
      paramLabel = "LABEL=VALUE",
      description = "Only resources with all of these labels.")
  private Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = {"-w", "--watch"},
      description = "Go on printing what changes, until interrupted.")
  private boolean watch;

  @Option(
      names = "--at-revision",
      paramLabel = "N",
      description = "As they were at this revision; with names only.")
  private long atRevision;

  public GetCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    Targets named = Targets.parse(targets);
    if (watch && named.kinds().size() > 1) {
      throw CtlException.error("-w watches one kind at a time");
    }
    if (!named.refs().isEmpty() && !labels.isEmpty()) {
      throw CtlException.error("give either names or -l, not both");
    }
    if (atRevision != 0 && (watch || named.refs().isEmpty())) {
      throw CtlException.error("--at-revision needs names, and no -w");
    }
    Printer printer = new Printer(ctl, output);
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      if (watch) {
        new Watching(connection, printer).run(named, labels);
        return 0;
      }
      return named.refs().isEmpty()
          ? list(named.kinds(), connection, printer)
          : named(named, connection, printer);
    }
  }

  private int list(List<Kind> kinds, Connection connection, Printer printer) {
    List<Resource> found = new ArrayList<>();
    for (Kind kind : kinds) {
      ListRequest request =
          ListRequest.newBuilder().setKind(kind.title()).putAllLabels(labels).build();
      found.addAll(connection.admin().list(request).getResourcesList());
    }
    printer.print(found, kinds.size() > 1, true);
    if (found.isEmpty()) {
      ctl.console()
          .err()
          .println(
              "No " + (kinds.size() == 1 ? kinds.getFirst().plural() : "resources") + " found.");
    }
    tellStaged(found.stream().map(Ref::of).toList(), connection);
    return 0;
  }

  /** Shows those there are, and tells of each that is not. */
  private int named(Targets named, Connection connection, Printer printer) {
    List<Resource> found = new ArrayList<>();
    List<Ref> missing = new ArrayList<>();
    for (Ref ref : named.refs()) {
      GetRequest request =
          GetRequest.newBuilder().setResource(ref.proto()).setAtRevision(atRevision).build();
      try {
        found.add(connection.admin().get(request));
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
          throw e;
        }
        missing.add(ref);
      }
    }
    if (!found.isEmpty()) {
      printer.print(found, named.kinds().size() > 1, named.refs().size() > 1);
    }
    tellStaged(named.refs(), connection);
    missing.forEach(ref -> Refusals.notFound(ref).lines().forEach(ctl.console().err()::println));
    return missing.isEmpty() ? 0 : 1;
  }

  /** Beside the table, not in it: those who read tables by program go on as before. */
  private void tellStaged(List<Ref> refs, Connection connection) {
    ctl.out().flush();
    boolean people = output == Output.TABLE || output == Output.WIDE;
    if (people && atRevision == 0 && refs.stream().anyMatch(ref -> ref.kind() != Kind.AGENT)) {
      Stagings.of(connection).notes(refs).forEach(ctl.console().err()::println);
    }
  }

  static final class OutputNames extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    OutputNames() {
      super(List.of("table", "wide", "json", "yaml", "name"));
    }
  }

  static final class OutputOption implements ITypeConverter<Output> {
    @Override
    public Output convert(String text) {
      for (Output output : Output.values()) {
        if (output.toString().equals(text)) {
          return output;
        }
      }
      throw new TypeConversionException(
          "expected table, wide, json, yaml or name, not \"" + text + "\"");
    }
  }
}
