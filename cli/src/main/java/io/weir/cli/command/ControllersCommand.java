package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import io.weir.cli.view.Ages;
import io.weir.cli.view.Paint;
import io.weir.cli.view.Table;
import io.weir.v1.ClusterRequest;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerStatus;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Shows the controllers of the cluster. */
@Command(
    name = "controllers",
    sortOptions = false,
    description = {
      "Shows the controllers of the cluster, and which of them leads.",
      "",
      "Agents are those connected to each, and REVISION is how far it has seen the store; both are",
      "known of others by the one that leads, so ask that one for all of them."
    })
public final class ControllersCommand implements Callable<Integer> {
  private static final int SHORT_ID = 8;

  private final WeirCtl ctl;

  public ControllersCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      ClusterResponse cluster = connection.admin().cluster(ClusterRequest.getDefaultInstance());
      Table table =
          new Table(List.of("ADDRESS", "ROLE", "AGENTS", "REVISION", "VERSION", "AGE", "ID"));
      for (ControllerStatus one : cluster.getControllersList()) {
        boolean known = one.getRevision() > 0;
        table.row(
            List.of(
                one.getAddress(),
                one.getLeading() ? "leader (term " + cluster.getTerm() + ")" : "follower",
                known ? Integer.toString(one.getAgents()) : "?",
                known ? Long.toString(one.getRevision()) : "?",
                one.getVersion(),
                Ages.since(one.getSince(), ctl.now()),
                one.getId().substring(0, Math.min(SHORT_ID, one.getId().length()))));
      }
      ctl.out().print(table.render(ctl.console().colour() ? Paint.ANSI : Paint.PLAIN));
      if (cluster.getControllersList().stream().noneMatch(ControllerStatus::getLeading)) {
        ctl.out().println("none leads now; the last term was " + cluster.getTerm());
      }
    }
    return 0;
  }
}
