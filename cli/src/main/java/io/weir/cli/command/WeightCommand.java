package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Sets a weight. */
@Command(
    name = "weight",
    sortOptions = false,
    description = "Sets the weight of an endpoint; 0 gives it no new requests.")
public final class WeightCommand implements Callable<Integer> {
  private static final int MAX_WEIGHT = 65_535;

  private final WeirCtl ctl;

  @Parameters(index = "0", paramLabel = "POOL")
  private String pool = "";

  @Parameters(index = "1", paramLabel = "ENDPOINT", description = "Its address, as declared.")
  private String endpoint = "";

  @Parameters(index = "2", paramLabel = "N", description = "0 to 65535.")
  private int weight;

  public WeightCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (weight < 0 || weight > MAX_WEIGHT) {
      throw CtlException.error("a weight is 0 to " + MAX_WEIGHT + ", not " + weight);
    }
    new EndpointEdit(ctl, pool, endpoint)
        .run(
            old -> EndpointEdit.weight(old.build()) == weight ? old : old.setWeight(weight),
            change -> {
              int before = EndpointEdit.weight(change.before());
              return before == weight ? "weight " + weight : "weight " + before + " -> " + weight;
            });
    return 0;
  }
}
