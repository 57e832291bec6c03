package io.weir.cli.command;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Tells which Weir this is. */
@Command(
    name = "version",
    sortOptions = false,
    description = "Shows which version of Weir this is.")
public final class VersionCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  public VersionCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    String version =
        Optional.ofNullable(VersionCommand.class.getPackage().getImplementationVersion())
            .orElse("dev");
    ctl.out().println("weir " + version);
    return 0;
  }
}
