package io.weir.cli.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.Description;
import io.weir.cli.view.Paint;
import io.weir.v1.Commit;
import io.weir.v1.GetRequest;
import io.weir.v1.HistoryRequest;
import io.weir.v1.ListRequest;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows one resource at length. */
@Command(
    name = "describe",
    sortOptions = false,
    description = "Shows a resource at length: spec, state, who refers to it, recent changes.")
public final class DescribeCommand implements Callable<Integer> {
  private static final int RECENT = 5;

  private final WeirCtl ctl;

  @Parameters(
      arity = "1..*",
      paramLabel = "KIND NAME...",
      hideParamSyntax = true,
      completionCandidates = KindNames.class,
      description = "Or KIND/NAME.")
  private List<String> targets = new ArrayList<>();

  public DescribeCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    List<Ref> refs = Targets.named(targets);
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      boolean first = true;
      for (Ref ref : refs) {
        ctl.out().print((first ? "" : "\n") + describe(ref, connection));
        first = false;
      }
    }
    return 0;
  }

  private String describe(Ref ref, Connection connection) {
    Resource resource;
    try {
      resource = connection.admin().get(GetRequest.newBuilder().setResource(ref.proto()).build());
    } catch (StatusRuntimeException e) {
      throw e.getStatus().getCode() == Status.Code.NOT_FOUND ? Refusals.notFound(ref) : e;
    }
    List<Resource> others =
        connection.admin().list(ListRequest.getDefaultInstance()).getResourcesList();
    List<Resource> agents =
        ref.kind() == Kind.LISTENER
            ? connection
                .admin()
                .list(ListRequest.newBuilder().setKind(Kind.AGENT.title()).build())
                .getResourcesList()
            : List.of();
    List<Commit> history =
        ref.kind() == Kind.AGENT
            ? List.of()
            : connection
                .admin()
                .history(
                    HistoryRequest.newBuilder().setResource(ref.proto()).setLimit(RECENT).build())
                .getCommitsList();
    return Description.of(
        resource,
        new Description.Around(
            others,
            agents,
            history,
            ref.kind() == Kind.AGENT ? Optional.empty() : Stagings.of(connection).of(ref),
            ctl.now()),
        ctl.console().colour() ? Paint.ANSI : Paint.PLAIN);
  }
}
