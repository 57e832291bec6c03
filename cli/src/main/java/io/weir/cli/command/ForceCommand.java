package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import io.weir.v1.Endpoint;
import io.weir.v1.Force;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Overrules what probes, traffic and verdicts say of an endpoint. */
@Command(
    name = "force",
    sortOptions = false,
    description = {
      "Has an endpoint count as healthy or unhealthy whatever is known of it.",
      "That is over its probes, its traffic and the fleet; auto leaves it to them again."
    })
public final class ForceCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(index = "0", paramLabel = "POOL")
  private String pool = "";

  @Parameters(index = "1", paramLabel = "ENDPOINT", description = "Its address, as declared.")
  private String endpoint = "";

  @Parameters(
      index = "2",
      paramLabel = "healthy|unhealthy|auto",
      completionCandidates = Words.class,
      description = "What it is to count as.")
  private String word = "";

  public ForceCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    Endpoint.Builder wanted = Endpoint.newBuilder();
    switch (word) {
      case "healthy" -> wanted.setForce(Force.FORCE_HEALTHY);
      case "unhealthy" -> wanted.setForce(Force.FORCE_UNHEALTHY);
      case "auto" -> wanted.clearForce();
      default ->
          throw CtlException.error(
              "expected " + String.join(", ", new Words()) + ", not \"" + word + "\"");
    }
    new EndpointEdit(ctl, pool, endpoint)
        .run(
            old -> old.setForce(wanted.getForce()),
            change -> word.equals("auto") ? "by its probes" : "forced " + word);
    return 0;
  }

  static final class Words extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Words() {
      super(List.of("healthy", "unhealthy", "auto"));
    }
  }
}
