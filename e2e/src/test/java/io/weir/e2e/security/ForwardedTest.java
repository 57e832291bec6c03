package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.weir.cli.pki.Role;
import io.weir.controller.Controller;
import io.weir.controller.ControllerConfig;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.controller.security.Limits;
import io.weir.controller.security.Protection;
import io.weir.controller.security.TlsFiles;
import io.weir.controller.store.EtcdAccess;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.EtcdCluster;
import io.weir.e2e.security.Papers.Pair;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.weir.v1.AuditRequest;
import io.weir.v1.ClusterRequest;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerStatus;
import io.weir.v1.DeleteRequest;
import io.weir.v1.ListRequest;
import io.weir.v1.ResourceRef;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one controller has another answer is the call of whoever made it. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ForwardedTest {
  private static final String CLUSTER = "prod";
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final DeleteRequest FORGET =
      DeleteRequest.newBuilder()
          .addResources(ResourceRef.newBuilder().setKind("Agent").setName("gone"))
          .build();

  @TempDir private Path dir = Path.of("");

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void a_call_that_the_leader_answers_is_let_on_and_recorded_as_its_callers_own() throws Exception {
    Assumptions.assumeTrue(EtcdCluster.installed(), "no etcd on the PATH: install it");
    EtcdCluster etcd = EtcdCluster.start(EtcdCluster.Settings.members(1));
    open.add(etcd);
    Papers papers = new Papers(dir.resolve("pki"), CLUSTER);
    Controller first = start(etcd, papers, "c1");
    Controller second = start(etcd, papers, "c2");
    Await.until(
        "the second to follow the first, or the other way round",
        SOON,
        () ->
            linked(stub(papers, first, Role.VIEWER)) && linked(stub(papers, second, Role.VIEWER)));
    ClusterResponse cluster =
        stub(papers, first, Role.VIEWER).cluster(ClusterRequest.getDefaultInstance());
    boolean firstLeads =
        cluster.getControllersList().stream()
            .filter(ControllerStatus::getLeading)
            .allMatch(one -> one.getAddress().endsWith(":" + first.port()));
    Controller leader = firstLeads ? first : second;
    Controller follower = firstLeads ? second : first;

    stub(papers, follower, Role.VIEWER).list(ListRequest.newBuilder().setKind("Agent").build());
    AdminServiceBlockingStub operator = stub(papers, follower, Role.OPERATOR);
    assertThatThrownBy(() -> operator.delete(FORGET))
        .hasMessageContaining("operator/ann, and AdminService/Delete takes admin");
    Metadata forged = new Metadata();
    forged.put(
        Metadata.Key.of("weir-caller", Metadata.ASCII_STRING_MARSHALLER), "weir://prod/admin/root");
    assertThatThrownBy(() ->
            operator
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(forged))
                .delete(FORGET))
        .hasMessageContaining("operator/ann, and AdminService/Delete takes admin");

    assertThatThrownBy(() -> stub(papers, follower, Role.ADMIN).delete(FORGET))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("NOT_FOUND");
    assertThat(
            stub(papers, leader, Role.ADMIN)
                .audit(AuditRequest.getDefaultInstance())
                .getRecordsList())
        .anySatisfy(record -> {
          assertThat(record.getIdentity()).isEqualTo("admin/ann");
          assertThat(record.getCall()).endsWith("/Delete");
          assertThat(record.getOutcome()).isEqualTo("NOT_FOUND");
        });
  }

  private static boolean linked(AdminServiceBlockingStub stub) {
    try {
      ClusterResponse cluster = stub.cluster(ClusterRequest.getDefaultInstance());
      return cluster.getControllersCount() == 2
          && cluster.getControllersList().stream()
              .anyMatch(one -> one.getLeading() && one.getId().equals(cluster.getAnsweredBy()));
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private Controller start(EtcdCluster etcd, Papers papers, String name) throws Exception {
    Pair own = papers.issue(Role.CONTROLLER, name);
    Controller controller =
        Controller.start(
            new ControllerConfig(
                    CLUSTER,
                    new ControllerConfig.Listen("127.0.0.1", 0),
                    "",
                    new Storage.Etcd(EtcdAccess.plain(etcd.endpoints())),
                    100,
                    Duration.ofSeconds(3))
                .with(
                    new Protection(
                        Optional.of(new TlsFiles(own.certificate(), own.key(), papers.trust())),
                        false,
                        Optional.empty(),
                        Limits.DEFAULT)),
            InstantSource.system());
    open.add(controller);
    return controller;
  }

  private AdminServiceBlockingStub stub(Papers papers, Controller controller, Role role) {
    ManagedChannel channel =
        papers
            .channel("127.0.0.1", controller.port(), Optional.of(papers.issue(role, "ann")))
            .build();
    open.add(channel::shutdownNow);
    return AdminServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }
}
