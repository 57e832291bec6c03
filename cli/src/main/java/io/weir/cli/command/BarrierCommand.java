package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Waits for the fleet. */
@Command(
    name = "barrier",
    sortOptions = false,
    description = {
      "Returns once all connected agents, or N%% of them, run what is declared.",
      "",
      "Exit status 1 when agents refused it, or it takes longer than --wait-timeout."
    })
public final class BarrierCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(
      arity = "0..1",
      paramLabel = "all|N%",
      defaultValue = "all",
      converter = WaitOptions.Share.class,
      description = "Of how many of the connected agents (default all).")
  private int percent = 100;

  @Option(
      names = "--revision",
      paramLabel = "N",
      description = "Up to this revision (default the newest).")
  private long revision;

  @Option(
      names = "--wait-timeout",
      paramLabel = "DURATION",
      defaultValue = "60s",
      converter = WeirCtl.DurationOption.class,
      description = "How long to wait for agents (default 60s).")
  private Duration timeout = Duration.ofSeconds(60);

  public BarrierCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (revision < 0) {
      throw CtlException.error("--revision must be 1 or more, not " + revision);
    }
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      new Waiting(ctl, connection, timeout).await(revision, percent);
    }
    return 0;
  }
}
