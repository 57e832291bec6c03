package io.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.ApplyRequest;
import io.weir.v1.AuditRecord;
import io.weir.v1.AuditRequest;
import io.weir.v1.ExplainRequest;
import io.weir.v1.GetRequest;
import io.weir.v1.InstanceState;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.RegisterRequest;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.ScaleMode;
import io.weir.v1.ScaledInstance;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Endpoints that register by themselves. */
@SuppressWarnings("NullAway.Init")
final class ScalersTest {
  @TempDir Path dir;
  private Controller controller;
  private ManagedChannel channel;
  private AdminServiceGrpc.AdminServiceBlockingStub admin;

  @BeforeEach
  void start() throws StartupException {
    controller =
        Controller.start(
            new ControllerConfig(
                "test", new Listen("127.0.0.1", 0), new Storage.Embedded(dir), 100),
            InstantSource.system());
    channel = NettyChannelBuilder.forAddress("127.0.0.1", controller.port()).usePlaintext().build();
    admin = AdminServiceGrpc.newBlockingStub(channel);
    admin()
        .apply(
            ApplyRequest.newBuilder()
                .addResources(
                    Resource.newBuilder()
                        .setMetadata(Metadata.newBuilder().setName("web"))
                        .setPool(Pool.newBuilder().setSpec(PoolSpec.getDefaultInstance())))
                .addResources(
                    Resource.newBuilder()
                        .setMetadata(Metadata.newBuilder().setName("s"))
                        .setScaler(
                            Scaler.newBuilder()
                                .setSpec(
                                    ScalerSpec.newBuilder()
                                        .setPool("web")
                                        .setMax(8)
                                        .setMode(ScaleMode.SCALE_MODE_ACT))))
                .build());
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    controller.close();
  }

  private AdminServiceGrpc.AdminServiceBlockingStub admin() {
    return admin.withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private ScaledInstance register(String id, String address, boolean leaving) {
    RegisterRequest request =
        RegisterRequest.newBuilder()
            .setScaler("s")
            .setId(id)
            .setAddress(address)
            .setLeaving(leaving)
            .build();
    // The scaler is known a moment after it was declared.
    return await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptionsMatching(e -> Status.fromThrowable(e).getCode() == Status.Code.UNAVAILABLE)
        .until(() -> admin().register(request).getInstance(), _ -> true);
  }

  private List<ScaledInstance> instances() {
    return admin()
        .get(
            GetRequest.newBuilder()
                .setResource(ResourceRef.newBuilder().setKind("Scaler").setName("s"))
                .build())
        .getScaler()
        .getStatus()
        .getInstancesList();
  }

  @Test
  void an_endpoint_that_says_it_is_there_serves_until_it_says_that_it_goes() {
    assertThat(register("", "10.0.0.1:80", false).getId()).isEqualTo("10.0.0.1:80");
    register("b", "10.0.0.2:80", false);
    register("b", "10.0.0.2:80", false);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            instances().size() == 2
                && instances().stream()
                    .allMatch(one -> one.getState() == InstanceState.INSTANCE_STATE_SERVING));
    assertThat(register("b", "", true).getState()).isEqualTo(InstanceState.INSTANCE_STATE_DRAINING);
    await().atMost(Duration.ofSeconds(20)).until(() -> instances().size() == 1);
    assertThat(
            admin()
                .explain(ExplainRequest.newBuilder().setScaler("s").build())
                .getScaler()
                .getScaler()
                .getStatus()
                .getCurrent())
        .isEqualTo(1);
  }

  @Test
  void what_it_says_is_recorded_once() {
    RegisterRequest there =
        RegisterRequest.newBuilder()
            .setScaler("s")
            .setId("b")
            .setAddress("10.0.0.2:80")
            .setZone("eu-1")
            .build();
    register("b", "10.0.0.2:80", false);
    assertThat(admin().register(there).getWritten()).isTrue();
    assertThat(admin().register(there).getWritten()).isFalse();
    assertThat(instances()).extracting(ScaledInstance::getZone).containsExactly("eu-1");
    register("b", "", true);
    assertThat(
            admin().audit(AuditRequest.newBuilder().setLimit(100).build()).getRecordsList().stream()
                .filter(record -> record.getCall().equals("weir.v1.AdminService/Register"))
                .filter(record -> record.getOutcome().equals("OK")))
        .allSatisfy(record ->
            assertThat(record.getChanges(0).getResource())
                .isEqualTo(ResourceRef.newBuilder().setKind("Scaler").setName("s").build()))
        .extracting(AuditRecord::getSentence)
        .containsExactly("b goes", "10.0.0.2:80 is there", "10.0.0.2:80 is there");
  }

  @Test
  void what_makes_no_sense_is_refused() {
    assertThatThrownBy(() -> register("", "nowhere", false)).hasMessageContaining("host:port");
    assertThatThrownBy(() -> register("", "", false)).hasMessageContaining("address is missing");
    assertThatThrownBy(() ->
            admin()
                .register(
                    RegisterRequest.newBuilder()
                        .setScaler("s")
                        .setAddress("10.0.0.1:80")
                        .setZone("a zone")
                        .build()))
        .hasMessageContaining("zone must be");
    assertThatThrownBy(() ->
            admin()
                .register(
                    RegisterRequest.newBuilder().setScaler("t").setAddress("10.0.0.1:80").build()))
        .hasMessageContaining("NOT_FOUND");
  }
}
