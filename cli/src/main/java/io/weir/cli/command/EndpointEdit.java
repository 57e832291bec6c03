package io.weir.cli.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.CommitRows;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.Endpoint;
import io.weir.v1.GetRequest;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Changes one endpoint of a pool and nothing else, whoever else changes the pool meanwhile. */
final class EndpointEdit {
  private static final int ATTEMPTS = 5;
  private static final int LISTED = 20;

  private final WeirCtl ctl;
  private final Ref pool;
  private final String address;

  EndpointEdit(WeirCtl ctl, String pool, String address) {
    this.ctl = ctl;
    this.pool = new Ref(Kind.POOL, pool.startsWith("pool/") ? pool.substring(5) : pool);
    this.address = address;
  }

  /** {@code summary}: what the endpoint was and what it is, for the person and for the history. */
  void run(UnaryOperator<Endpoint.Builder> edit, Function<Change, String> summary) {
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      for (int attempt = 1; ; attempt++) {
        Resource before = get(connection);
        int index = index(before.getPool().getSpec());
        PoolSpec.Builder spec = before.getPool().getSpec().toBuilder();
        Endpoint old = spec.getEndpoints(index);
        Endpoint edited = edit.apply(old.toBuilder()).build();
        Resource after =
            Resource.newBuilder()
                .setMetadata(before.getMetadata()) // its revision is the one to replace
                .setPool(Pool.newBuilder().setSpec(spec.setEndpoints(index, edited)))
                .build();
        String text = address + " " + summary.apply(new Change(old, edited));
        try {
          ApplyResponse done =
              connection
                  .admin()
                  .apply(
                      ApplyRequest.newBuilder()
                          .addResources(after)
                          .setAuthor(ctl.author())
                          .setMessage(text)
                          .build());
          String outcome = CommitRows.outcome(done.getResults(0).getOutcome());
          ctl.out().println(pool + " " + outcome + ": " + text);
          return;
        } catch (StatusRuntimeException e) {
          if (e.getStatus().getCode() != Status.Code.ABORTED) {
            throw e;
          }
          if (attempt == ATTEMPTS) {
            throw CtlException.error(
                pool + " was changed by others " + ATTEMPTS + " times in a row; try again");
          }
        }
      }
    }
  }

  record Change(Endpoint before, Endpoint after) {}

  private Resource get(Connection connection) {
    try {
      return connection.admin().get(GetRequest.newBuilder().setResource(pool.proto()).build());
    } catch (StatusRuntimeException e) {
      throw e.getStatus().getCode() == Status.Code.NOT_FOUND ? Refusals.notFound(pool) : e;
    }
  }

  private int index(PoolSpec spec) {
    List<String> addresses = spec.getEndpointsList().stream().map(Endpoint::getAddress).toList();
    int index = addresses.indexOf(address);
    if (index < 0) {
      String some = addresses.stream().limit(LISTED).collect(Collectors.joining(", "));
      throw CtlException.error(
          "%s has no endpoint \"%s\"; it has %s%s"
              .formatted(
                  pool,
                  address,
                  addresses.isEmpty() ? "none" : some,
                  addresses.size() > LISTED
                      ? " and %d more".formatted(addresses.size() - LISTED)
                      : ""));
    }
    return index;
  }

  static int weight(Endpoint endpoint) {
    return endpoint.hasWeight() ? endpoint.getWeight() : 1;
  }
}
