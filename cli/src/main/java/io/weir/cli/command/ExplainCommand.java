package io.weir.cli.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.Explanation;
import io.weir.cli.view.Paint;
import io.weir.cli.view.ScalerView;
import io.weir.v1.ExplainRequest;
import io.weir.v1.ExplainResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells why traffic is where it is. */
@Command(
    name = "explain",
    sortOptions = false,
    description = {
      "Tells why a pool's traffic is where it is, why an endpoint gets requests or none, or why a"
          + " pool has as many endpoints as it has.",
      "Write explain pool POOL, explain endpoint POOL ENDPOINT or explain scaler SCALER."
    })
public final class ExplainCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(
      arity = "2..3",
      paramLabel = "pool POOL|endpoint POOL ENDPOINT|scaler SCALER",
      hideParamSyntax = true)
  private List<String> target = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      converter = Format.Option.class,
      completionCandidates = Format.Names.class,
      description = "text (default), json or yaml.")
  private Format format = Format.TEXT;

  public ExplainCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    boolean endpoint = target.getFirst().equals("endpoint") && target.size() == 3;
    boolean scaler = target.getFirst().equals("scaler") && target.size() == 2;
    if (!endpoint && !scaler && !(target.getFirst().equals("pool") && target.size() == 2)) {
      throw CtlException.error(
          "write explain pool POOL, explain endpoint POOL ENDPOINT or explain scaler SCALER");
    }
    ExplainRequest.Builder request = ExplainRequest.newBuilder();
    if (scaler) {
      request.setScaler(target.get(1));
    } else {
      request.setPool(target.get(1));
    }
    if (endpoint) {
      request.setEndpoint(target.get(2));
    }
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      ExplainResponse explained = connection.admin().explain(request.build());
      switch (format) {
        case TEXT -> {
          Paint paint = ctl.console().colour() ? Paint.ANSI : Paint.PLAIN;
          ctl.out()
              .print(
                  scaler
                      ? ScalerView.explain(explained, ctl.now(), paint)
                      : endpoint
                          ? Explanation.ofEndpoint(explained, ctl.now(), paint)
                          : Explanation.ofPool(explained, ctl.now(), paint));
        }
        case JSON, YAML -> format.print(ctl, explained);
      }
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND && !endpoint) {
        throw Refusals.notFound(new Ref(scaler ? Kind.SCALER : Kind.POOL, target.get(1)));
      }
      throw e;
    }
    return 0;
  }
}
