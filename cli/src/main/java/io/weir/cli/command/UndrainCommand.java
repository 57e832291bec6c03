package io.weir.cli.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes an endpoint back into service. */
@Command(name = "undrain", sortOptions = false, description = "Gives an endpoint requests again.")
public final class UndrainCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(index = "0", paramLabel = "POOL")
  private String pool = "";

  @Parameters(index = "1", paramLabel = "ENDPOINT", description = "Its address, as declared.")
  private String endpoint = "";

  public UndrainCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    new EndpointEdit(ctl, pool, endpoint).run(old -> old.setDrain(false), change -> "in service");
    return 0;
  }
}
