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
import io.weir.v1.GetRequest;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RolloutWish;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** Changes one thing of a pool and nothing else, whoever else changes the pool meanwhile. */
final class PoolEdit {
  private static final int ATTEMPTS = 5;

  private final WeirCtl ctl;
  private final Ref pool;

  PoolEdit(WeirCtl ctl, String pool) {
    this.ctl = ctl;
    this.pool = new Ref(Kind.POOL, pool.startsWith("pool/") ? pool.substring(5) : pool);
  }

  Ref pool() {
    return pool;
  }

  /**
   * {@code edit} may be asked more than once. {@code summary}: what was and what is, for the person
   * and for the history.
   */
  void run(UnaryOperator<PoolSpec> edit, BiFunction<PoolSpec, PoolSpec, String> summary) {
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      for (int attempt = 1; ; attempt++) {
        Resource before = get(connection);
        PoolSpec old = before.getPool().getSpec();
        PoolSpec edited = edit.apply(old);
        Resource after =
            Resource.newBuilder()
                .setMetadata(before.getMetadata()) // its revision is the one to replace
                .setPool(Pool.newBuilder().setSpec(edited))
                .build();
        String text = summary.apply(old, edited);
        try {
          ApplyResponse done =
              connection
                  .admin()
                  .apply(
                      ApplyRequest.newBuilder()
                          .addResources(after)
                          .setAuthor(ctl.author())
                          // Who drains an endpoint wants it drained, whatever a Rollout selects.
                          .setRollout(RolloutWish.newBuilder().setNow(true))
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

  /** With its status. */
  Resource get(Connection connection) {
    try {
      return connection.admin().get(GetRequest.newBuilder().setResource(pool.proto()).build());
    } catch (StatusRuntimeException e) {
      throw e.getStatus().getCode() == Status.Code.NOT_FOUND ? Refusals.notFound(pool) : e;
    }
  }
}
