package io.weir.cli.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes an endpoint out of service. */
@Command(
    name = "drain",
    sortOptions = false,
    description = "Gives an endpoint no new requests; those under way finish.")
public final class DrainCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(index = "0", paramLabel = "POOL")
  private String pool = "";

  @Parameters(index = "1", paramLabel = "ENDPOINT", description = "Its address, as declared.")
  private String endpoint = "";

  public DrainCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    new EndpointEdit(ctl, pool, endpoint).run(old -> old.setDrain(true), change -> "draining");
    return 0;
  }
}
