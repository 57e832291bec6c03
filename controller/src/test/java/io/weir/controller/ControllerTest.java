package io.weir.controller;

import static io.weir.controller.Samples.listener;
import static io.weir.controller.Samples.pool;
import static io.weir.controller.Samples.ref;
import static io.weir.controller.Samples.violation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AgentMessage;
import io.weir.v1.AgentStatus;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.ApplyResult.Outcome;
import io.weir.v1.AwaitProgress;
import io.weir.v1.AwaitRequest;
import io.weir.v1.Commit;
import io.weir.v1.ControllerMessage;
import io.weir.v1.DeleteRequest;
import io.weir.v1.Delta;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointPatch;
import io.weir.v1.GetRequest;
import io.weir.v1.Health;
import io.weir.v1.HealthReport;
import io.weir.v1.HistoryRequest;
import io.weir.v1.ListRequest;
import io.weir.v1.Observation;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RollbackRequest;
import io.weir.v1.Snapshot;
import io.weir.v1.Violation;
import io.weir.v1.Violations;
import io.weir.v1.WatchEvent;
import io.weir.v1.WatchRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole controller on loopback with its embedded store, driven over gRPC. */
final class ControllerTest {
  @TempDir Path dir;
  private Controller controller;
  private ManagedChannel channel;
  private AdminServiceGrpc.AdminServiceBlockingStub admin;

  @BeforeEach
  void start() throws StartupException {
    controller = Controller.start(config(0), InstantSource.system());
    channel = NettyChannelBuilder.forAddress("127.0.0.1", controller.port()).usePlaintext().build();
    admin = AdminServiceGrpc.newBlockingStub(channel);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    controller.close();
  }

  private ControllerConfig config(int port) {
    return new ControllerConfig(
        "test", new Listen("127.0.0.1", port), new Storage.Embedded(dir), 100);
  }

  private void restart() throws StartupException {
    stop();
    start();
  }

  private AdminServiceGrpc.AdminServiceBlockingStub admin() {
    return admin.withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private ApplyResponse apply(Resource... resources) {
    return Seen.by(
        admin,
        admin().apply(ApplyRequest.newBuilder().addAllResources(Arrays.asList(resources)).build()));
  }

  private Resource get(String kind, String name) {
    return admin().get(GetRequest.newBuilder().setResource(ref(kind, name)).build());
  }

  private AgentStatus status(String agent) {
    return get("Agent", agent).getAgent().getStatus();
  }

  private void awaitState(String agent, AgentStatus.State state) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(status(agent).getState()).isEqualTo(state));
  }

  private void ack(FakeAgent agent, long revision) {
    agent.ack(controller.epoch(), controller.term(), revision);
  }

  /** Connected, welcomed, and running what there is. */
  private FakeAgent synced(String name) throws InterruptedException {
    FakeAgent agent = new FakeAgent(channel).say(FakeAgent.hello(name));
    assertThat(agent.next().hasWelcome()).isTrue();
    ack(agent, agent.next().getSnapshot().getRevision());
    awaitState(name, AgentStatus.State.STATE_SYNCED);
    return agent;
  }

  private static Violations details(StatusRuntimeException e)
      throws InvalidProtocolBufferException {
    return StatusProto.fromThrowable(e).getDetails(0).unpack(Violations.class);
  }

  private static StatusRuntimeException failure(Runnable call) {
    return catchThrowableOfType(StatusRuntimeException.class, call::run);
  }

  @Nested
  final class AnAgent {
    @Test
    void is_welcomed_and_gets_a_snapshot_then_deltas_and_is_synced_by_its_acks() throws Exception {
      long applied =
          apply(
                  pool("backend", "10.0.0.1:80"),
                  pool("unused", "10.0.0.9:80"),
                  listener("web", "127.0.0.1:8080", "backend"))
              .getRevision();
      FakeAgent agent = new FakeAgent(channel).say(FakeAgent.hello("edge-1"));

      ControllerMessage welcome = agent.next();
      assertThat(welcome.getWelcome().getEpoch()).isEqualTo(controller.epoch());
      assertThat(welcome.getWelcome().getTerm()).isEqualTo(controller.term()).isPositive();

      ControllerMessage snapshot = agent.next();
      long first = snapshot.getSnapshot().getRevision();
      assertThat(first).isGreaterThanOrEqualTo(applied);
      assertThat(snapshot.getSnapshot().getResourcesList())
          .extracting(r -> r.getMetadata().getName())
          .containsExactly("backend", "web");
      assertThat(status("edge-1").getState()).isEqualTo(AgentStatus.State.STATE_SYNCING);

      ack(agent, first);
      awaitState("edge-1", AgentStatus.State.STATE_SYNCED);
      assertThat(status("edge-1").getAckedRevision()).isEqualTo(first);
      assertThat(status("edge-1").getVersion()).isEqualTo("1.2.3");
      assertThat(status("edge-1").getPeer()).startsWith("127.0.0.1:");

      long second = apply(pool("backend", "10.0.0.1:80", "10.0.0.2:80")).getRevision();
      ControllerMessage delta = agent.next();
      assertThat(delta.getDelta().getBaseRevision()).isEqualTo(first);
      assertThat(delta.getDelta().getRevision()).isEqualTo(second);
      assertThat(delta.getDelta().getPatchesList())
          .extracting(EndpointPatch::getPool)
          .containsExactly("backend");
      ack(agent, second);
      awaitState("edge-1", AgentStatus.State.STATE_SYNCED);

      apply(pool("unused", "10.0.0.8:80"));
      admin().delete(DeleteRequest.newBuilder().addResources(ref("Pool", "unused")).build());
      assertThat(status("edge-1").getDesiredRevision()).isEqualTo(second);
      assertThat(agent.hasNothing()).isTrue();
    }

    @Test
    void that_refuses_is_shown_with_its_reasons_until_the_remedy_is_applied() throws Exception {
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      FakeAgent agent = synced("edge-1");

      long bad = apply(listener("web", "127.0.0.1:9090", "backend")).getRevision();
      assertThat(agent.next().getDelta().getRevision()).isEqualTo(bad);
      Violation taken = violation("Listener", "web", "bind", "127.0.0.1:9090 is in use");
      agent.nack(controller.epoch(), controller.term(), bad, taken);
      awaitState("edge-1", AgentStatus.State.STATE_REJECTED);

      AgentStatus status =
          admin()
              .list(ListRequest.newBuilder().setKind("Agent").build())
              .getResources(0)
              .getAgent()
              .getStatus();
      assertThat(status.getViolationsList()).containsExactly(taken);
      assertThat(status.getRejectedRevision()).isEqualTo(bad);
      assertThat(status.getAckedRevision()).isLessThan(bad);
      assertThat(agent.hasNothing()).isTrue();

      long good = apply(listener("web", "127.0.0.1:8081", "backend")).getRevision();
      assertThat(agent.next().getDelta().getRevision()).isEqualTo(good);
      ack(agent, good);
      awaitState("edge-1", AgentStatus.State.STATE_SYNCED);
      assertThat(status("edge-1").getViolationsList()).isEmpty();
    }

    @Test
    void is_waited_for_until_it_acks_and_its_refusal_is_told() throws Exception {
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      FakeAgent one = synced("edge-1");
      FakeAgent two = synced("edge-2");
      long revision = apply(pool("backend", "10.0.0.2:80")).getRevision();
      Iterator<AwaitProgress> progress =
          admin().await(AwaitRequest.newBuilder().setRevision(revision).build());
      assertThat(progress.next().getConnected()).isEqualTo(2);

      ack(one, one.next().getDelta().getRevision());
      Violation taken = violation("Pool", "backend", "endpoints[0]", "no");
      two.nack(controller.epoch(), controller.term(), two.next().getDelta().getRevision(), taken);
      AwaitProgress answered = progress.next();
      while (answered.getCurrent() + answered.getRejected() < 2) {
        answered = progress.next();
      }
      assertThat(answered.getRefusals(0).getAgent()).isEqualTo("edge-2");
      assertThat(answered.getRefusals(0).getViolationsList()).containsExactly(taken);
      assertThat(answered.getReached()).isFalse();

      apply(pool("backend", "10.0.0.3:80"));
      ack(one, one.next().getDelta().getRevision());
      ack(two, two.next().getDelta().getRevision());
      AwaitProgress last = answered;
      while (progress.hasNext()) {
        last = progress.next();
      }
      assertThat(last.getReached()).isTrue();
      assertThat(last.getCurrent()).isEqualTo(2);

      assertThat(
              failure(() ->
                      admin()
                          .await(AwaitRequest.newBuilder().setRevision(revision + 1_000).build())
                          .next())
                  .getStatus()
                  .getCode())
          .isEqualTo(Status.Code.OUT_OF_RANGE);
    }

    @Test
    void is_stale_after_a_restart_and_back_with_nothing_sent_when_nothing_changed()
        throws Exception {
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      FakeAgent before = synced("edge-1");
      long revision = status("edge-1").getAckedRevision();
      long term = controller.term();

      restart();
      assertThat(controller.term()).isEqualTo(term + 1);
      assertThat(status("edge-1").getState()).isEqualTo(AgentStatus.State.STATE_STALE);
      assertThat(get("Agent", "edge-1").getMetadata().getLabelsMap()).containsEntry("zone", "a");

      FakeAgent agent =
          new FakeAgent(channel).say(before.again("edge-1", controller.epoch(), revision));
      assertThat(agent.next().hasWelcome()).isTrue();
      awaitState("edge-1", AgentStatus.State.STATE_SYNCED);
      assertThat(agent.hasNothing()).isTrue();
    }

    @Test
    void that_missed_a_change_over_a_restart_is_sent_only_the_difference() throws Exception {
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      FakeAgent before = synced("edge-1");
      before.leave();
      long had = status("edge-1").getAckedRevision();
      restart();
      long now = apply(pool("backend", "10.0.0.2:80")).getRevision();

      FakeAgent agent = new FakeAgent(channel).say(before.again("edge-1", controller.epoch(), had));
      assertThat(agent.next().hasWelcome()).isTrue();
      ControllerMessage delta = agent.next();
      assertThat(delta.getDelta().getBaseRevision()).isEqualTo(had);
      assertThat(delta.getDelta().getRevision()).isEqualTo(now);
      assertThat(delta.getDelta().getPatchesCount()).isEqualTo(1);
    }

    @Test
    void that_comes_with_other_labels_is_sent_the_whole_of_what_they_select() throws Exception {
      apply(
          pool("backend", "10.0.0.1:80"),
          listener(
              "web", Samples.listenerSpec("127.0.0.1:8080", "backend").putAgents("zone", "b")));
      FakeAgent before = synced("edge-1");
      long had = status("edge-1").getAckedRevision();
      before.leave();
      restart();

      FakeAgent agent =
          new FakeAgent(channel)
              .say(
                  before.again("edge-1", controller.epoch(), had).toBuilder()
                      .putLabels("zone", "b")
                      .build());
      assertThat(agent.next().hasWelcome()).isTrue();
      Snapshot whole = agent.next().getSnapshot();
      assertThat(whole.getResourcesCount()).isEqualTo(2);
      assertThat(whole.getRevision()).isGreaterThanOrEqualTo(had);
    }

    @Test
    void that_is_ahead_of_what_is_known_here_is_sent_nothing_until_that_has_caught_up()
        throws Exception {
      long applied =
          apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"))
              .getRevision();
      FakeAgent before = synced("edge-1");
      before.leave();
      FakeAgent agent =
          new FakeAgent(channel).say(before.again("edge-1", controller.epoch(), applied + 50));
      assertThat(agent.next().hasWelcome()).isTrue();
      ControlLoop.WentBack wentBack =
          controller.storeWentBack().orTimeout(20, TimeUnit.SECONDS).join();
      assertThat(wentBack.agents()).isEqualTo(applied + 50);
      assertThat(wentBack.store()).isLessThan(applied + 50);
      assertThat(status("edge-1").getState()).isEqualTo(AgentStatus.State.STATE_SYNCING);
      assertThat(agent.hasNothing()).isTrue();
    }

    @Test
    void that_shares_its_labels_with_others_is_sent_the_very_bytes_that_they_are()
        throws Exception {
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      List<FakeAgent> agents = List.of(synced("a"), synced("b"), synced("c"));
      long resources = controller.serializations().resources();
      long messages = controller.serializations().messages();
      long sent = controller.serializations().sentTotal();

      long now = apply(listener("web", "127.0.0.1:9090", "backend")).getRevision();
      for (FakeAgent agent : agents) {
        assertThat(agent.next().getDelta().getRevision()).isEqualTo(now);
        ack(agent, now);
      }
      assertThat(controller.serializations().resources() - resources).isEqualTo(1);
      assertThat(controller.serializations().messages() - messages).isEqualTo(1);
      assertThat(controller.serializations().sentTotal() - sent).isEqualTo(3);
    }

    @Test
    void that_does_not_read_delays_no_other_and_is_sent_only_the_newest_once_it_does()
        throws Exception {
      apply(big(0), listener("web", "127.0.0.1:8080", "backend"));
      FakeAgent quick = synced("quick");
      // A connection of its own, with little room for what is not read; so far the welcome.
      ManagedChannel narrow =
          NettyChannelBuilder.forAddress("127.0.0.1", controller.port())
              .usePlaintext()
              .flowControlWindow(65_535)
              .build();
      FakeAgent stuck = new FakeAgent(narrow, 2).say(FakeAgent.hello("stuck"));
      assertThat(stuck.next().hasWelcome()).isTrue();

      long revision = 0;
      for (int i = 1; i <= 10; i++) {
        revision = apply(big(i)).getRevision();
        assertThat(quick.next().getDelta().getRevision()).isEqualTo(revision);
        ack(quick, revision);
      }
      assertThat(status("stuck").getState()).isEqualTo(AgentStatus.State.STATE_SYNCING);

      stuck.want(100);
      long first = stuck.next().getSnapshot().getRevision();
      assertThat(first).isLessThan(revision);
      ack(stuck, first);
      Delta rest = stuck.next().getDelta();
      assertThat(rest.getBaseRevision()).isEqualTo(first);
      assertThat(rest.getRevision()).isEqualTo(revision);
      ack(stuck, revision);
      awaitState("stuck", AgentStatus.State.STATE_SYNCED);
      assertThat(stuck.hasNothing()).isTrue();
      narrow.shutdownNow();
    }

    /** Every time with other endpoints, some 100 KB. */
    private Resource big(int number) {
      String[] addresses = new String[4_000];
      for (int i = 0; i < addresses.length; i++) {
        addresses[i] = "10.%d.%d.%d:80".formatted(number, i >> 8, i & 0xFF);
      }
      return pool("backend", addresses);
    }

    @Test
    void is_sent_one_endpoint_where_only_that_has_changed() throws Exception {
      String[] addresses = new String[100];
      for (int i = 0; i < addresses.length; i++) {
        addresses[i] = "10.0.0.%d:80".formatted(i + 1);
      }
      apply(pool("backend", addresses), listener("web", "127.0.0.1:8080", "backend"));
      FakeAgent agent = synced("edge-1");
      addresses[50] = "10.0.1.1:80";
      apply(pool("backend", addresses));
      Delta delta = agent.next().getDelta();
      assertThat(delta.getChangedCount()).isZero();
      assertThat(delta.getPatches(0).getRemovedList()).containsExactly(50);
      assertThat(delta.getPatches(0).getInserted(0).getEndpoint().getAddress())
          .isEqualTo("10.0.1.1:80");
    }

    @Test
    void of_another_cluster_is_refused_with_both_names() {
      FakeAgent agent =
          new FakeAgent(channel)
              .say(FakeAgent.hello("edge-1").toBuilder().setCluster("prod").build());

      Status status = agent.end();
      assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
      assertThat(status.getDescription())
          .isEqualTo(
              "this controller is of cluster \"test\", the agent of cluster \"prod\"; start the"
                  + " agent with --cluster test or point it at its own controller");
    }

    @Test
    void of_a_name_that_is_taken_is_refused_and_the_other_one_keeps_its_stream() throws Exception {
      FakeAgent one = synced("edge-1");
      FakeAgent two =
          new FakeAgent(channel)
              .say(FakeAgent.hello("edge-1").toBuilder().setInstance("other").build());

      Status status = two.end();
      assertThat(status.getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
      assertThat(status.getDescription())
          .startsWith("an agent named \"edge-1\" is already connected, from 127.0.0.1:")
          .endsWith("give each agent a name of its own with --name");
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      assertThat(one.next().hasDelta()).isTrue();
    }

    @Test
    void that_reconnects_replaces_its_own_old_stream() throws Exception {
      FakeAgent old = synced("edge-1");
      FakeAgent fresh = synced("edge-1");

      assertThat(old.end().getCode()).isEqualTo(Status.Code.ABORTED);
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      assertThat(fresh.next().hasDelta()).isTrue();
    }

    @Test
    void with_a_name_that_is_none_is_told_so() {
      FakeAgent agent = new FakeAgent(channel).say(FakeAgent.hello("Edge_1"));

      Status status = agent.end();
      assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(status.getDescription()).startsWith("name: \"Edge_1\" is no name: 1 to 63");
    }

    @Test
    void that_does_not_begin_with_hello_is_told_so() {
      FakeAgent agent = new FakeAgent(channel).say(AgentMessage.getDefaultInstance());

      assertThat(agent.end().getDescription())
          .isEqualTo("the first message of a stream must be Hello");
    }

    @Test
    void that_acks_what_it_was_not_sent_loses_its_stream() throws Exception {
      FakeAgent agent = synced("edge-1");
      ack(agent, 4_711);

      Status status = agent.end();
      assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(status.getDescription()).contains("4711");
      awaitState("edge-1", AgentStatus.State.STATE_STALE);
    }

    @Test
    void is_forgotten_only_once_it_is_gone() throws Exception {
      FakeAgent agent = synced("edge-1");
      DeleteRequest delete =
          DeleteRequest.newBuilder().addResources(ref("Agent", "edge-1")).build();
      StatusRuntimeException connected = failure(() -> admin().delete(delete));
      assertThat(connected.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
      assertThat(connected.getStatus().getDescription())
          .isEqualTo(
              "Agent \"edge-1\" is connected and would register itself again; stop it first");

      agent.leave();
      awaitState("edge-1", AgentStatus.State.STATE_STALE);
      assertThat(admin().delete(delete).getRevision()).isPositive();
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              assertThat(
                      admin()
                          .list(ListRequest.newBuilder().setKind("Agent").build())
                          .getResourcesList())
                  .isEmpty());
    }

    @Test
    void tells_the_health_of_endpoints_in_the_status_of_their_pool() throws Exception {
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      FakeAgent agent = synced("edge-1");
      agent.say(
          AgentMessage.newBuilder()
              .setHealth(
                  HealthReport.newBuilder()
                      .setComplete(true)
                      .addObservations(
                          Observation.newBuilder()
                              .setPool("backend")
                              .setEndpoint("10.0.0.1:80")
                              .setHealth(Health.HEALTH_UNHEALTHY)
                              .setReason("connection refused")))
              .build());

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            var endpoint = get("Pool", "backend").getPool().getStatus().getEndpoints(0);
            assertThat(endpoint.getUnhealthy()).isEqualTo(1);
            assertThat(endpoint.getReason()).isEqualTo("connection refused");
          });
    }
  }

  @Nested
  final class Applying {
    @Test
    void creates_configures_and_leaves_alone_what_is_the_same() {
      ApplyResponse created = apply(pool("backend", "10.0.0.1:80"));
      assertThat(created.getResults(0).getOutcome()).isEqualTo(Outcome.OUTCOME_CREATED);
      assertThat(created.getResults(0).hasBefore()).isFalse();
      assertThat(created.getResults(0).getAfter().getMetadata().getRevision())
          .isEqualTo(created.getRevision());

      ApplyResponse same = apply(get("Pool", "backend"));
      assertThat(same.getResults(0).getOutcome()).isEqualTo(Outcome.OUTCOME_UNCHANGED);
      assertThat(get("Pool", "backend").getMetadata().getRevision())
          .isEqualTo(created.getRevision());

      ApplyResponse changed = apply(pool("backend", "10.0.0.2:80"), pool("more", "10.0.0.3:80"));
      assertThat(changed.getResultsList())
          .extracting(r -> r.getOutcome())
          .containsExactly(Outcome.OUTCOME_CONFIGURED, Outcome.OUTCOME_CREATED);
      Resource now = get("Pool", "backend");
      assertThat(now.getMetadata().getGeneration()).isEqualTo(2);
      assertThat(now.getMetadata().getRevision()).isEqualTo(changed.getRevision());
    }

    @Test
    void answers_with_every_violation_at_once_and_writes_nothing() throws Exception {
      StatusRuntimeException e =
          failure(() ->
              apply(
                  pool("good", "10.0.0.1:80"),
                  pool(
                      "bad",
                      PoolSpec.newBuilder()
                          .addEndpoints(
                              Endpoint.newBuilder().setAddress("10.0.0.1:80").setWeight(-1))
                          .addEndpoints(Endpoint.newBuilder().setAddress("10.0.0.1:80"))),
                  listener("web", "127.0.0.1:8080", "goof")));

      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(StatusProto.fromThrowable(e).getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
      assertThat(details(e).getViolationsList())
          .containsExactly(
              violation("Pool", "bad", "endpoints[0].weight", "must be 0 to 65535, is -1"),
              violation(
                  "Pool",
                  "bad",
                  "endpoints[1].address",
                  "10.0.0.1:80 is also endpoints[0]; each address once, use weight for a bigger"
                      + " share"),
              violation(
                  "Listener",
                  "web",
                  "routes[0].pool",
                  "there is no Pool \"goof\"; did you mean \"good\"?"));
      assertThat(e.getStatus().getDescription())
          .startsWith("Pool bad: endpoints[0].weight: must be 0 to 65535, is -1; Pool bad: ");
      assertThat(admin().list(ListRequest.getDefaultInstance()).getResourcesList()).isEmpty();
    }

    @Test
    void says_so_much_about_a_hundred_mistakes_as_any_client_can_receive() throws Exception {
      PoolSpec.Builder spec = PoolSpec.newBuilder();
      for (int i = 0; i < 500; i++) {
        spec.addEndpoints(
            Endpoint.newBuilder().setAddress("10.0.0." + i % 250 + ":" + i).setWeight(-1));
      }
      StatusRuntimeException e = failure(() -> apply(pool("bad", spec)));

      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      List<Violation> violations = details(e).getViolationsList();
      assertThat(violations).hasSizeGreaterThan(40);
      assertThat(violations.getLast().getReason()).contains("more").contains("fix these first");
    }

    @Test
    void on_a_dry_run_answers_as_if_and_writes_nothing() {
      ApplyResponse response =
          admin()
              .apply(
                  ApplyRequest.newBuilder()
                      .addResources(pool("backend", "10.0.0.1:80"))
                      .setDryRun(true)
                      .build());

      assertThat(response.getResults(0).getOutcome()).isEqualTo(Outcome.OUTCOME_CREATED);
      assertThat(admin().list(ListRequest.getDefaultInstance()).getResourcesList()).isEmpty();
      assertThat(admin().history(HistoryRequest.getDefaultInstance()).getCommitsList()).isEmpty();
    }

    @Test
    void over_another_revision_than_expected_is_aborted() {
      long first = apply(pool("backend", "10.0.0.1:80")).getRevision();
      Resource read = get("Pool", "backend");
      long second = apply(pool("backend", "10.0.0.2:80")).getRevision();

      Resource edited =
          Samples.atRevision(pool("backend", "10.0.0.3:80"), read.getMetadata().getRevision());
      StatusRuntimeException e = failure(() -> apply(edited));
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.ABORTED);
      assertThat(e.getStatus().getDescription())
          .isEqualTo(
              "Pool \"backend\" was expected at revision %d but is at revision %d; get it again, redo the change and apply that"
                  .formatted(first, second));
      StatusRuntimeException exists =
          failure(() ->
              admin()
                  .apply(
                      ApplyRequest.newBuilder()
                          .addResources(pool("backend", "10.0.0.3:80"))
                          .setExpectedRevision(0)
                          .build()));
      assertThat(exists.getStatus().getDescription())
          .startsWith("Pool \"backend\" was expected not to exist but is at revision " + second);
      assertThat(get("Pool", "backend").getMetadata().getRevision()).isEqualTo(second);
    }

    @Test
    void by_several_at_once_loses_none_of_their_writes() {
      List<CompletableFuture<ApplyResponse>> writes =
          Stream.of("a", "b", "c", "d")
              .map(name -> CompletableFuture.supplyAsync(() -> apply(pool(name, "10.0.0.1:80"))))
              .toList();

      assertThat(writes.stream().map(w -> w.join().getRevision()).distinct()).hasSize(4);
      assertThat(admin().list(ListRequest.getDefaultInstance()).getResourcesList()).hasSize(4);
    }

    @Test
    void an_agent_or_nothing_is_refused() {
      Resource agent =
          Resource.newBuilder()
              .setMetadata(pool("edge-1").getMetadata())
              .setAgent(io.weir.v1.Agent.getDefaultInstance())
              .build();
      assertThat(failure(() -> apply(agent)).getStatus().getDescription())
          .isEqualTo(
              "Agent edge-1: is an agent; agents register themselves when they connect and are not"
                  + " applied");
      assertThat(failure(() -> apply()).getStatus().getDescription())
          .isEqualTo("a request names 1 to 100 resources, this one 0");
    }
  }

  @Nested
  final class Deleting {
    @Test
    void what_is_used_is_refused_with_who_uses_it_and_both_at_once_is_fine() throws Exception {
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));
      DeleteRequest one = DeleteRequest.newBuilder().addResources(ref("Pool", "backend")).build();

      StatusRuntimeException e = failure(() -> admin().delete(one));
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
      assertThat(details(e).getViolationsList())
          .containsExactly(
              violation(
                  "Pool",
                  "backend",
                  "",
                  "is used by Listener \"web\" (routes[0].pool); change or delete that first, or"
                      + " both at once"));

      admin().delete(one.toBuilder().addResources(ref("Listener", "web")).build());
      assertThat(admin().list(ListRequest.getDefaultInstance()).getResourcesList()).isEmpty();
    }

    @Test
    void what_does_not_exist_is_not_found_with_the_nearest_name() {
      apply(pool("backend", "10.0.0.1:80"));
      assertThatThrownBy(() ->
              admin()
                  .delete(DeleteRequest.newBuilder().addResources(ref("Pool", "backnd")).build()))
          .hasMessage("NOT_FOUND: there is no Pool \"backnd\"; did you mean \"backend\"?");
      assertThatThrownBy(() -> get("Poool", "x"))
          .hasMessage(
              "INVALID_ARGUMENT: there is no kind \"Poool\"; the kinds are Pool, Listener, Route,"
                  + " Rollout, Scaler, Agent");
    }
  }

  @Nested
  final class TheHistory {
    @Test
    void tells_who_wrote_what_and_leads_back() {
      long first =
          admin()
              .apply(
                  ApplyRequest.newBuilder()
                      .addResources(pool("backend", "10.0.0.1:80"))
                      .setAuthor("ann@ops")
                      .setMessage("begin")
                      .build())
              .getRevision();
      apply(pool("backend", "10.0.0.2:80"), pool("more", "10.0.0.3:80"));

      assertThat(
              admin()
                  .get(
                      GetRequest.newBuilder()
                          .setResource(ref("Pool", "backend"))
                          .setAtRevision(first)
                          .build())
                  .getPool()
                  .getSpec()
                  .getEndpoints(0)
                  .getAddress())
          .isEqualTo("10.0.0.1:80");

      ApplyResponse back =
          admin().rollback(RollbackRequest.newBuilder().setRevision(first).build());
      assertThat(back.getResultsList())
          .extracting(r -> r.getOutcome())
          .containsExactly(Outcome.OUTCOME_CONFIGURED, Outcome.OUTCOME_DELETED);
      assertThat(get("Pool", "backend").getMetadata().getGeneration()).isEqualTo(3);
      List<Commit> commits = admin().history(HistoryRequest.getDefaultInstance()).getCommitsList();
      assertThat(commits).hasSize(3);
      assertThat(commits.getFirst().getMessage()).isEqualTo("rollback to revision " + first);
      assertThat(commits.getLast().getAuthor()).isEqualTo("ann@ops");
      assertThat(
              admin()
                  .history(HistoryRequest.newBuilder().setResource(ref("Pool", "more")).build())
                  .getCommitsList())
          .hasSize(2);
    }

    @Test
    void leads_one_resource_back_and_not_to_where_it_would_break_others() throws Exception {
      long first = apply(pool("other", "10.0.0.9:80")).getRevision();
      apply(pool("backend", "10.0.0.1:80"), listener("web", "127.0.0.1:8080", "backend"));

      StatusRuntimeException e =
          failure(() ->
              admin()
                  .rollback(
                      RollbackRequest.newBuilder()
                          .setRevision(first)
                          .setResource(ref("Pool", "backend"))
                          .build()));
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
      assertThat(details(e).getViolations(0).getReason())
          .isEqualTo("there is no Pool \"backend\"; there is other");
      assertThatThrownBy(
              () -> admin().rollback(RollbackRequest.newBuilder().setRevision(999).build()))
          .hasMessageStartingWith("OUT_OF_RANGE: revision 999 is not there yet; the newest is");
    }
  }

  @Nested
  final class Watching {
    @Test
    void gives_what_there_is_then_a_bookmark_then_every_change_in_order() {
      long first = apply(pool("backend", "10.0.0.1:80")).getRevision();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> watch(WatchRequest.getDefaultInstance()).next().hasResource());
      Iterator<WatchEvent> events = watch(WatchRequest.getDefaultInstance());
      assertThat(events.next().getResource().getMetadata().getRevision()).isEqualTo(first);
      assertThat(events.next().getType()).isEqualTo(WatchEvent.Type.TYPE_BOOKMARK);

      for (int i = 0; i < 50; i++) {
        long written = apply(pool("backend", "10.0.1." + i + ":80")).getRevision();
        WatchEvent event = events.next();
        assertThat(event.getType()).isEqualTo(WatchEvent.Type.TYPE_PUT);
        assertThat(event.getRevision()).isEqualTo(written);
      }
      admin().delete(DeleteRequest.newBuilder().addResources(ref("Pool", "backend")).build());
      WatchEvent gone = events.next();
      assertThat(gone.getType()).isEqualTo(WatchEvent.Type.TYPE_DELETED);
      assertThat(gone.getResource().getPool().getSpec().getEndpoints(0).getAddress())
          .isEqualTo("10.0.1.49:80");
    }

    @Test
    void agents_gives_their_states() throws Exception {
      Iterator<WatchEvent> events = watch(WatchRequest.newBuilder().setKind("Agent").build());
      assertThat(events.next().getType()).isEqualTo(WatchEvent.Type.TYPE_BOOKMARK);
      FakeAgent agent = synced("edge-1");
      agent.leave();

      AgentStatus.State last = AgentStatus.State.STATE_UNSPECIFIED;
      while (last != AgentStatus.State.STATE_STALE) {
        last = events.next().getResource().getAgent().getStatus().getState();
      }
    }

    @Test
    void by_label_tells_when_a_resource_no_longer_has_it() {
      apply(Samples.labelled(pool("backend", "10.0.0.1:80"), Map.of("team", "a")));
      WatchRequest request = WatchRequest.newBuilder().putLabels("team", "a").build();
      await().atMost(Duration.ofSeconds(20)).until(() -> watch(request).next().hasResource());
      Iterator<WatchEvent> events = watch(request);
      events.next();
      events.next();

      apply(pool("backend", "10.0.0.1:80"));
      assertThat(events.next().getType()).isEqualTo(WatchEvent.Type.TYPE_DELETED);
    }

    private Iterator<WatchEvent> watch(WatchRequest request) {
      return admin().watch(request);
    }
  }

  @Nested
  final class TheProcess {
    @Test
    void serves_health_and_lists_its_services() {
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
      CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
      StreamObserver<ServerReflectionRequest> questions =
          ServerReflectionGrpc.newStub(channel).serverReflectionInfo(new First<>(answer));
      questions.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
      assertThat(
              answer
                  .orTimeout(20, TimeUnit.SECONDS)
                  .join()
                  .getListServicesResponse()
                  .getServiceList())
          .extracting(s -> s.getName())
          .contains("weir.v1.AdminService", "weir.v1.FleetService", "grpc.health.v1.Health");
      questions.onCompleted();
    }

    @Test
    void says_in_one_sentence_that_its_port_is_taken(@TempDir Path other) {
      ControllerConfig taken =
          new ControllerConfig(
              "test", new Listen("127.0.0.1", controller.port()), new Storage.Embedded(other), 10);
      assertThatThrownBy(() -> Controller.start(taken, InstantSource.system()))
          .isInstanceOf(StartupException.class)
          .hasMessage(
              "cannot listen on 127.0.0.1:%d: address already in use; choose another with --listen"
                  .formatted(controller.port()));
    }

    @Test
    void survives_a_message_that_is_too_large() {
      PoolSpec.Builder spec = PoolSpec.newBuilder();
      for (int i = 0; i < 100_000; i++) {
        spec.addEndpoints(
            Endpoint.newBuilder().setAddress("a-name-that-is-rather-long.example.com:" + i));
      }
      assertThat(failure(() -> apply(pool("huge", spec))).getStatus().getCode())
          .isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED);
      assertThat(apply(pool("backend", "10.0.0.1:80")).getRevision()).isPositive();
    }
  }

  private record First<T>(CompletableFuture<T> answer) implements StreamObserver<T> {
    @Override
    public void onNext(T value) {
      answer.complete(value);
    }

    @Override
    public void onError(Throwable cause) {
      answer.completeExceptionally(cause);
    }

    @Override
    public void onCompleted() {}
  }
}
