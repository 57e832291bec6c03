package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.view.Paint;
import io.weir.cli.view.RolloutRows;
import io.weir.cli.view.Table;
import io.weir.v1.GetRolloutRequest;
import io.weir.v1.ListRolloutsRequest;
import io.weir.v1.StagedChange;
import io.weir.v1.SteerRolloutRequest;
import io.weir.v1.SteerRolloutRequest.Action;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows and steers changes that go out step by step. */
@Command(
    name = "rollout",
    sortOptions = false,
    description = {
      "Shows and steers changes that go out step by step.",
      "",
      "list           those that are under way",
      "get N          one, and how it came so far",
      "watch N        follows it to its end; exit status 1 when it is not declared then",
      "pause N        takes no further step; still goes back if a gate says so",
      "resume N       goes on",
      "promote N      goes on to the next step now, or declares it after the last",
      "confirm N      declares one that waits for that (apply --confirm-within)",
      "abort N        takes it back from all agents"
    })
public final class RolloutCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(
      index = "0",
      paramLabel = "WHAT",
      description = "list, get, watch, pause, resume, promote, confirm or abort.")
  private String what = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "N", description = "Its number.")
  private @Nullable Long number;

  @Option(
      names = {"-a", "--all"},
      description = "List those that are over, too.")
  private boolean all;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      converter = Format.Option.class,
      completionCandidates = Format.Names.class,
      description = "text (default), json or yaml.")
  private Format format = Format.TEXT;

  public RolloutCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (what.equals("list")) {
      list();
      return 0;
    }
    if (what.equals("watch")) {
      return new Following(ctl, number()).toTheEnd() ? 0 : 1;
    }
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      if (what.equals("get")) {
        show(
            connection
                .admin()
                .getRollout(GetRolloutRequest.newBuilder().setNumber(number()).build()));
        return 0;
      }
      StagedChange change =
          connection
              .admin()
              .steerRollout(
                  SteerRolloutRequest.newBuilder()
                      .setAction(action())
                      .setNumber(number())
                      .setAuthor(ctl.author())
                      .build());
      ctl.out()
          .println(
              "rollout %d %s: %s"
                  .formatted(
                      change.getNumber(),
                      RolloutRows.word(change.getState(), change.getPaused()),
                      change.getReason()));
    }
    return 0;
  }

  private long number() {
    Long given = number;
    if (given == null) {
      throw CtlException.error(
          "rollout " + what + " takes the number of a rollout; see rollout list");
    }
    return given;
  }

  private Action action() {
    return switch (what) {
      case "pause" -> Action.ACTION_PAUSE;
      case "resume" -> Action.ACTION_RESUME;
      case "promote" -> Action.ACTION_PROMOTE;
      case "confirm" -> Action.ACTION_CONFIRM;
      case "abort" -> Action.ACTION_ABORT;
      default ->
          throw CtlException.error(
              "expected list, get, watch, pause, resume, promote, confirm or abort, not \""
                  + what
                  + "\"");
    };
  }

  private void list() {
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      var response =
          connection.admin().listRollouts(ListRolloutsRequest.newBuilder().setAll(all).build());
      if (format != Format.TEXT) {
        format.print(ctl, response);
        return;
      }
      Table table = RolloutRows.of(response.getRolloutsList(), ctl.now());
      if (table.isEmpty()) {
        ctl.console().err().println("No rollouts found.");
      } else {
        ctl.out().print(table.render(Paint.PLAIN));
      }
    }
  }

  private void show(StagedChange change) {
    if (format != Format.TEXT) {
      format.print(ctl, change);
    } else {
      ctl.out().print(RolloutRows.describe(change, ctl.now()));
    }
  }
}
