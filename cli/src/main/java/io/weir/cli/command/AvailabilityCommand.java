package io.weir.cli.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.AvailabilityRows;
import io.weir.cli.view.Paint;
import io.weir.cli.view.Table;
import io.weir.v1.AvailabilityRequest;
import io.weir.v1.AvailabilityResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows how long pools and endpoints were up. */
@Command(
    name = "availability",
    sortOptions = false,
    description = {
      "Shows how much of the time pools and endpoints were up.",
      "And what is left of the time that a month of 99.999 % may be down."
    })
public final class AvailabilityCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(
      arity = "0..1",
      paramLabel = "POOL",
      description = "Only this pool, and each of its endpoints.")
  private String pool = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      converter = Format.Option.class,
      completionCandidates = Format.Names.class,
      description = "text (default), json or yaml.")
  private Format format = Format.TEXT;

  public AvailabilityCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      AvailabilityResponse answer =
          connection.admin().availability(AvailabilityRequest.newBuilder().setPool(pool).build());
      switch (format) {
        case TEXT -> {
          Table table = AvailabilityRows.of(answer.getPoolsList(), !pool.isEmpty());
          if (table.isEmpty()) {
            ctl.console().err().println("No pools found.");
          } else {
            ctl.out().print(table.render(Paint.PLAIN));
          }
        }
        case JSON, YAML -> format.print(ctl, answer);
      }
    } catch (StatusRuntimeException e) {
      throw e.getStatus().getCode() == Status.Code.NOT_FOUND
          ? Refusals.notFound(new Ref(Kind.POOL, pool))
          : e;
    }
    return 0;
  }
}
