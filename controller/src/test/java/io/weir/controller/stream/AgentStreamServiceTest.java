package io.weir.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weir.controller.discovery.Resolver;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.controller.reconcile.Hooks;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.store.EmbeddedStore;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Leadership.Member;
import io.weir.controller.store.SoleLeadership;
import io.weir.controller.store.Store;
import io.weir.v1.ControllerMessage;
import io.weir.v1.FleetServiceGrpc;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AgentStreamServiceTest {
  @Test
  void an_agent_that_does_not_say_hello_in_time_loses_its_stream(@TempDir Path dir)
      throws Exception {
    try (Store store = EmbeddedStore.open(dir, "test");
        ControlLoop loop =
            new ControlLoop(
                store,
                new Journal(store, 10),
                new Identity(
                    "test",
                    store.epoch(),
                    new Member("c1", "127.0.0.1:7400", "dev", Instant.EPOCH)),
                new SoleLeadership(store),
                InstantSource.system(),
                Resolver.NONE,
                Hooks.NONE,
                new Random(1));
        ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor()) {
      Server server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .addService(new AgentStreamService("test", loop, timers, Duration.ofMillis(50)))
              .build()
              .start();
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
      CompletableFuture<Status> end = new CompletableFuture<>();
      var _ =
          FleetServiceGrpc.newStub(channel)
              .connect(
                  new StreamObserver<ControllerMessage>() {
                    @Override
                    public void onNext(ControllerMessage message) {}

                    @Override
                    public void onError(Throwable cause) {
                      end.complete(Status.fromThrowable(cause));
                    }

                    @Override
                    public void onCompleted() {
                      end.complete(Status.OK);
                    }
                  });
      assertThat(end.orTimeout(20, TimeUnit.SECONDS).join().getCode())
          .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      channel.shutdownNow();
      server.shutdownNow();
    }
  }
}
