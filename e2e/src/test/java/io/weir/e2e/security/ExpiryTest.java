package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.weir.cli.pki.Role;
import io.weir.controller.Controller;
import io.weir.controller.ControllerConfig;
import io.weir.controller.security.Limits;
import io.weir.controller.security.Protection;
import io.weir.controller.security.TlsFiles;
import io.weir.e2e.live.Await;
import io.weir.e2e.security.Papers.Pair;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AgentMessage;
import io.weir.v1.AuditRequest;
import io.weir.v1.ControllerMessage;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.Hello;
import io.weir.v1.ListRequest;
import io.weir.v1.WatchEvent;
import io.weir.v1.WatchRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A certificate that expires while a stream is open. The controller's clock is the test's. */
final class ExpiryTest {
  private static final String CLUSTER = "test";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path dir = Path.of("");

  private final List<AutoCloseable> open = new ArrayList<>();
  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
  private int port;

  private void start(Papers papers) throws Exception {
    Pair own = papers.issue(Role.CONTROLLER, "c1");
    Controller controller =
        Controller.start(
            new ControllerConfig(
                    CLUSTER,
                    new ControllerConfig.Listen("127.0.0.1", 0),
                    new ControllerConfig.Storage.Embedded(dir.resolve("data")),
                    100)
                .with(
                    new Protection(
                        Optional.of(new TlsFiles(own.certificate(), own.key(), papers.trust())),
                        false,
                        Optional.empty(),
                        Limits.DEFAULT)),
            () -> Instant.now().plus(ahead.get()));
    open.add(controller);
    port = controller.port();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private ManagedChannel channel(Papers papers, Role role, String name) {
    ManagedChannel channel =
        papers.channel("127.0.0.1", port, Optional.of(papers.issue(role, name))).build();
    open.add(channel::shutdownNow);
    return channel;
  }

  /** What a stream came to. */
  private static final class End<T> implements StreamObserver<T> {
    private volatile boolean begun;
    private volatile @Nullable Status status;

    @Override
    public void onNext(T message) {
      begun = true;
    }

    @Override
    public void onError(Throwable failure) {
      status = Status.fromThrowable(failure);
    }

    @Override
    public void onCompleted() {
      status = Status.OK;
    }

    void awaitBegun() {
      Await.until("the stream to begin", PATIENCE, () -> begun || status != null);
      assertThat(status).isNull();
    }

    Status awaitEnd() {
      Await.until("the stream to end", PATIENCE, () -> status != null);
      return status == null ? Status.UNKNOWN : status;
    }
  }

  @Test
  void streams_end_with_it_and_others_are_let_in_with_the_next_one() throws Exception {
    Papers papers = new Papers(dir.resolve("pki"), CLUSTER);
    start(papers);
    ManagedChannel ann = channel(papers, Role.OPERATOR, "ann");
    End<WatchEvent> watch = new End<>();
    AdminServiceGrpc.newStub(ann).watch(WatchRequest.newBuilder().setKind("Pool").build(), watch);
    End<ControllerMessage> agent = new End<>();
    FleetServiceGrpc.newStub(channel(papers, Role.AGENT, "a1"))
        .connect(agent)
        .onNext(
            AgentMessage.newBuilder()
                .setHello(
                    Hello.newBuilder()
                        .setCluster(CLUSTER)
                        .setAgent("a1")
                        .setVersion("test")
                        .setInstance("one"))
                .build());
    watch.awaitBegun();
    agent.awaitBegun();

    ahead.set(Duration.ofDays(400));
    for (Status end : List.of(watch.awaitEnd(), agent.awaitEnd())) {
      assertThat(end.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(end.getDescription()).contains("has expired");
    }

    // As if there were a new one: the connection is another one, too.
    ahead.set(Duration.ZERO);
    AdminServiceGrpc.AdminServiceBlockingStub again = AdminServiceGrpc.newBlockingStub(ann);
    Await.until("a connection", PATIENCE, () -> lists(again));
    assertThat(again.audit(AuditRequest.newBuilder().setRefused(true).build()).getRecordsList())
        .anySatisfy(record -> {
          assertThat(record.getIdentity()).isEqualTo("agent/a1");
          assertThat(record.getSentence()).contains("has expired");
        });
  }

  private static boolean lists(AdminServiceGrpc.AdminServiceBlockingStub stub) {
    try {
      stub.list(ListRequest.getDefaultInstance());
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }
}
