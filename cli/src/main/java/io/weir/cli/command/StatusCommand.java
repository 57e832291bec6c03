package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import io.weir.cli.admin.Kind;
import io.weir.cli.view.Description;
import io.weir.cli.view.Paint;
import io.weir.cli.view.ResourceRows;
import io.weir.cli.view.Table;
import io.weir.v1.AgentStatus;
import io.weir.v1.ClusterRequest;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerStatus;
import io.weir.v1.ListRequest;
import io.weir.v1.ListResponse;
import io.weir.v1.Resource;
import io.weir.v1.Violation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Shows how the fleet is. */
@Command(
    name = "status",
    sortOptions = false,
    description = {
      "Shows the controller, its agents and its pools.",
      "",
      "An agent is SYNCED (it runs the newest configuration), SYNCING (that is on its way),",
      "REJECTED (it refused it and runs an earlier one) or STALE (not connected; it runs what",
      "it last had)."
    })
public final class StatusCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  public StatusCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      ListResponse agents = list(Kind.AGENT, connection);
      ListResponse pools = list(Kind.POOL, connection);
      ctl.out()
          .println(
              "Controller "
                  + connection.address()
                  + " at revision "
                  + Math.max(agents.getRevision(), pools.getRevision()));
      controllers(connection.admin().cluster(ClusterRequest.getDefaultInstance()));
      print("Agents", Kind.AGENT, agents);
      for (Resource agent : agents.getResourcesList()) {
        AgentStatus status = agent.getAgent().getStatus();
        for (Violation violation : status.getViolationsList()) {
          ctl.out()
              .println(
                  "agent %s REJECTED revision %d: %s"
                      .formatted(
                          agent.getMetadata().getName(),
                          status.getRejectedRevision(),
                          Description.text(violation)));
        }
      }
      print("Pools", Kind.POOL, pools);
    }
    return 0;
  }

  /** One that is alone needs no word. */
  private void controllers(ClusterResponse cluster) {
    int count = cluster.getControllersCount();
    if (count > 1) {
      String leader =
          cluster.getControllersList().stream()
              .filter(ControllerStatus::getLeading)
              .findFirst()
              .map(one -> one.getAddress() + " leads in term " + cluster.getTerm())
              .orElse("none leads now");
      ctl.out().println("Controllers: " + count + "; " + leader);
    }
  }

  private static ListResponse list(Kind kind, Connection connection) {
    return connection.admin().list(ListRequest.newBuilder().setKind(kind.title()).build());
  }

  private void print(String title, Kind kind, ListResponse listed) {
    ctl.out().println();
    if (listed.getResourcesCount() == 0) {
      ctl.out().println(title + ": none");
      return;
    }
    ResourceRows rows = new ResourceRows(kind, false, false);
    Table table = new Table(rows.headers());
    listed.getResourcesList().forEach(resource -> table.row(rows.row(resource, ctl.now())));
    ctl.out().print(table.render(ctl.console().colour() ? Paint.ANSI : Paint.PLAIN));
  }
}
