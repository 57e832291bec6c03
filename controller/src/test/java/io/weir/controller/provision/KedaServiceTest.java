package io.weir.controller.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weir.controller.provision.Recommendations.View;
import io.weir.v1.keda.ExternalScalerGrpc;
import io.weir.v1.keda.ExternalScalerGrpc.ExternalScalerBlockingStub;
import io.weir.v1.keda.GetMetricsRequest;
import io.weir.v1.keda.IsActiveResponse;
import io.weir.v1.keda.MetricSpec;
import io.weir.v1.keda.ScaledObjectRef;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Called as KEDA's client calls: spec, metrics under the name of the spec, activity, and the
 * stream.
 */
final class KedaServiceTest {
  private static final ScaledObjectRef WEB =
      ScaledObjectRef.newBuilder()
          .setName("web")
          .setNamespace("shop")
          .putScalerMetadata("scalerAddress", "weir:7400")
          .putScalerMetadata("scaler", "web")
          .build();

  private final Map<String, View> recommended = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private Server server;
  private ManagedChannel channel;
  private ExternalScalerBlockingStub keda;

  @BeforeEach
  void aServer() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new KedaService(name -> Optional.ofNullable(recommended.get(name)), timers))
            .build()
            .start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    keda = ExternalScalerGrpc.newBlockingStub(channel);
    recommend(5);
  }

  private void recommend(int desired) {
    var _ = recommended.put("web", new View("web", "backend", 3, desired, 12, Instant.EPOCH));
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
    server.shutdownNow();
    timers.shutdownNow();
  }

  @Test
  void hasKedaAskForJustAsManyAsAreRecommended() {
    MetricSpec spec = keda.getMetricSpec(WEB).getMetricSpecs(0);
    double value =
        keda.getMetrics(
                GetMetricsRequest.newBuilder()
                    .setScaledObjectRef(WEB)
                    .setMetricName(spec.getMetricName())
                    .build())
            .getMetricValues(0)
            .getMetricValueFloat();

    // What the horizontal pod autoscaler makes of a metric of type AverageValue.
    assertThat(Math.ceil(value / spec.getTargetSizeFloat())).isEqualTo(5);
    assertThat(keda.isActive(WEB).getResult()).isTrue();
  }

  @Test
  void isInactiveWhenNothingIsToBeThere() {
    recommend(0);

    assertThat(keda.isActive(WEB).getResult()).isFalse();
  }

  @Test
  void pushesActivityAtOnceAndWheneverItChanges() {
    recommend(0);
    List<Boolean> pushed = new CopyOnWriteArrayList<>();
    ExternalScalerGrpc.newStub(channel)
        .streamIsActive(
            WEB,
            new StreamObserver<>() {
              @Override
              public void onNext(IsActiveResponse response) {
                pushed.add(response.getResult());
              }

              @Override
              public void onError(Throwable failure) {}

              @Override
              public void onCompleted() {}
            });
    await().atMost(Duration.ofSeconds(10)).until(() -> pushed.equals(List.of(false)));

    recommend(1);

    await().atMost(Duration.ofSeconds(10)).until(() -> pushed.equals(List.of(false, true)));
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> keda.isActive(ScaledObjectRef.getDefaultInstance()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("INVALID_ARGUMENT: the trigger's metadata is to name a scaler: \"scaler\"");
    var _ = recommended.remove("web");
    assertThatThrownBy(() -> keda.getMetricSpec(WEB))
        .hasMessage("NOT_FOUND: there is no scaler \"web\" that recommends something");
    assertThatThrownBy(() -> keda.streamIsActive(WEB).next()).hasMessageStartingWith("NOT_FOUND");
  }
}
