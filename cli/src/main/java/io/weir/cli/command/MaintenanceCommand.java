package io.weir.cli.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says that somebody works on an endpoint. */
@Command(
    name = "maintenance",
    sortOptions = false,
    description = {
      "Puts an endpoint in maintenance, or takes it out.",
      "Meanwhile it gets no new requests, and is neither probed nor judged."
    })
public final class MaintenanceCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(index = "0", paramLabel = "POOL")
  private String pool = "";

  @Parameters(index = "1", paramLabel = "ENDPOINT", description = "Its address, as declared.")
  private String endpoint = "";

  @Option(names = "--off", description = "Ends it.")
  private boolean off;

  public MaintenanceCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    new EndpointEdit(ctl, pool, endpoint)
        .run(
            old -> off ? old.clearMaintenance() : old.setMaintenance(true),
            change -> off ? "out of maintenance" : "in maintenance");
    return 0;
  }
}
