package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import io.weir.v1.JoinRequest;
import io.weir.v1.JoinToken;
import java.util.Base64;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Lets an agent in that no controller can. */
@Command(
    name = "join-token",
    sortOptions = false,
    description = {
      "Prints what an agent's --join reads: a secret.",
      "",
      "With it, an agent that has nothing to run yet and reaches no controller gets what to run",
      "from other agents. It holds the keys of the ring of agents, some of their addresses, and",
      "the key that tells whether a snapshot is the cluster's own."
    })
public final class JoinTokenCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  public JoinTokenCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      JoinToken token = connection.admin().join(JoinRequest.getDefaultInstance());
      ctl.out().println(Base64.getEncoder().encodeToString(token.toByteArray()));
    }
    return 0;
  }
}
