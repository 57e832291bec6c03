package io.weir.controller;

import static io.weir.controller.Samples.pool;
import static io.weir.controller.Samples.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.weir.v1.ApplyRequest;
import io.weir.v1.DeleteRequest;
import io.weir.v1.Endpoint;
import io.weir.v1.GetRequest;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RollbackRequest;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators who write at the same time, each over a connection of their own. */
final class ConcurrentWritersTest {
  private static final int EDITS = 40;

  @TempDir private Path dir;
  private Controller controller;
  private ManagedChannel one;
  private ManagedChannel other;

  @BeforeEach
  void start() throws StartupException {
    controller =
        Controller.start(
            new ControllerConfig(
                "test", new Listen("127.0.0.1", 0), new Storage.Embedded(dir), 1_000),
            InstantSource.system());
    one = channel();
    other = channel();
  }

  @AfterEach
  void stop() {
    one.shutdownNow();
    other.shutdownNow();
    controller.close();
  }

  private ManagedChannel channel() {
    return NettyChannelBuilder.forAddress("127.0.0.1", controller.port()).usePlaintext().build();
  }

  private static AdminServiceBlockingStub admin(ManagedChannel channel) {
    return AdminServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static Resource weighing(int weight) {
    return pool(
        "backend",
        PoolSpec.newBuilder()
            .addEndpoints(Endpoint.newBuilder().setAddress("10.0.0.1:80").setWeight(weight)));
  }

  private static Resource get(ManagedChannel channel) {
    return admin(channel).get(GetRequest.newBuilder().setResource(ref("Pool", "backend")).build());
  }

  /** Raises the weight by one so many times, looking again whenever somebody else was faster. */
  private static int edit(ManagedChannel channel) {
    int refused = 0;
    for (int done = 0; done < EDITS; ) {
      Resource seen = get(channel);
      int weight = seen.getPool().getSpec().getEndpoints(0).getWeight();
      try {
        var _ =
            admin(channel)
                .apply(
                    ApplyRequest.newBuilder()
                        .addResources(
                            Samples.atRevision(
                                weighing(weight + 1), seen.getMetadata().getRevision()))
                        .build());
        done++;
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.ABORTED);
        refused++;
      }
    }
    return refused;
  }

  private static void assertStale(Runnable write) {
    assertThatThrownBy(write::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.ABORTED));
  }

  @Test
  void never_overwrite_each_other_unknowingly() throws Exception {
    var _ = admin(one).apply(ApplyRequest.newBuilder().addResources(weighing(0)).build());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> first = threads.submit(() -> edit(one));
      Future<Integer> second = threads.submit(() -> edit(other));
      assertThat(first.get() + second.get()).as("writes that were refused").isPositive();
    }

    assertThat(get(one).getPool().getSpec().getEndpoints(0).getWeight()).isEqualTo(2 * EDITS);
  }

  @Test
  void are_refused_where_they_expected_another_revision() {
    long first =
        admin(one).apply(ApplyRequest.newBuilder().addResources(weighing(1)).build()).getRevision();
    long second =
        admin(other)
            .apply(ApplyRequest.newBuilder().addResources(weighing(2)).build())
            .getRevision();

    for (RollbackRequest.Builder back :
        List.of(
            RollbackRequest.newBuilder().setRevision(first),
            RollbackRequest.newBuilder().setRevision(first).setResource(ref("Pool", "backend")))) {
      assertStale(() -> admin(one).rollback(back.setExpectedRevision(first).build()));
      var _ = admin(one).rollback(back.setExpectedRevision(second).setDryRun(true).build());
    }
    assertStale(() ->
        admin(one)
            .apply(
                ApplyRequest.newBuilder()
                    .addResources(weighing(3))
                    .setExpectedRevision(first)
                    .build()));
    assertStale(() ->
        admin(one)
            .delete(
                DeleteRequest.newBuilder()
                    .addResources(ref("Pool", "backend"))
                    .setExpectedRevision(first)
                    .build()));
    assertThat(get(one).getMetadata().getRevision()).isEqualTo(second);
  }
}
