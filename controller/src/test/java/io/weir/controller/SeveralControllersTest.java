package io.weir.controller;

import static io.weir.controller.Samples.listener;
import static io.weir.controller.Samples.pool;
import static io.weir.controller.Samples.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.controller.store.EtcdAccess;
import io.weir.controller.store.EtcdProcess;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.weir.v1.AgentMessage;
import io.weir.v1.AgentStatus;
import io.weir.v1.ApplyRequest;
import io.weir.v1.AwaitRequest;
import io.weir.v1.ClusterRequest;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerMessage;
import io.weir.v1.ControllerMessage.MessageCase;
import io.weir.v1.ControllerStatus;
import io.weir.v1.Endpoint;
import io.weir.v1.EventsRequest;
import io.weir.v1.ExplainRequest;
import io.weir.v1.GetRequest;
import io.weir.v1.Health;
import io.weir.v1.HealthCheck;
import io.weir.v1.HealthReport;
import io.weir.v1.Observation;
import io.weir.v1.PoolSpec;
import io.weir.v1.TcpProbe;
import io.weir.v1.Verdict;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two controllers of one cluster in this process, on one etcd. */
final class SeveralControllersTest {
  private static final String PRIMARY = "10.0.0.1:80";
  private static final String BACKUP = "10.0.0.2:80";

  private EtcdProcess etcd;
  private One leader;
  private One follower;

  /** A controller and the way to it. */
  private static final class One implements AutoCloseable {
    final Controller controller;
    final ManagedChannel channel;

    One(EtcdProcess etcd) throws StartupException {
      controller =
          Controller.start(
              new ControllerConfig(
                  "test",
                  new Listen("127.0.0.1", 0),
                  "",
                  new Storage.Etcd(EtcdAccess.plain(List.of(etcd.endpoint()))),
                  100,
                  java.time.Duration.ofSeconds(3)),
              InstantSource.system());
      channel =
          NettyChannelBuilder.forAddress("127.0.0.1", controller.port()).usePlaintext().build();
    }

    AdminServiceBlockingStub admin() {
      return AdminServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    String address() {
      return "127.0.0.1:" + controller.port();
    }

    AgentStatus agent(String name) {
      return admin()
          .get(GetRequest.newBuilder().setResource(ref("Agent", name)).build())
          .getAgent()
          .getStatus();
    }

    @Override
    public void close() {
      channel.shutdownNow();
      controller.close();
    }
  }

  @BeforeEach
  void start() throws StartupException {
    EtcdProcess.assumeInstalled();
    etcd = EtcdProcess.start();
    leader = new One(etcd);
    await().until(() -> leader.controller.term() == 1);
    follower = new One(etcd);
    await().until(() -> follower.controller.term() == 1);
  }

  @AfterEach
  void stop() {
    if (etcd != null) {
      follower.close();
      leader.close();
      etcd.close();
    }
  }

  private long declare() {
    PoolSpec.Builder spec =
        PoolSpec.newBuilder()
            .addEndpoints(Endpoint.newBuilder().setAddress(PRIMARY))
            .addEndpoints(Endpoint.newBuilder().setAddress(BACKUP).setPriority(1))
            .setHealth(HealthCheck.newBuilder().setTcp(TcpProbe.getDefaultInstance()));
    long revision =
        follower
            .admin()
            .apply(
                ApplyRequest.newBuilder()
                    .addResources(pool("web", spec))
                    .addResources(listener("in", "127.0.0.1:8080", "web"))
                    .build())
            .getRevision();
    // Else who connects is first sent what was there before.
    await()
        .until(() ->
            leader
                    .admin()
                    .cluster(ClusterRequest.getDefaultInstance())
                    .getControllersList()
                    .stream()
                    .filter(controller -> controller.getRevision() >= revision)
                    .count()
                == 2);
    return revision;
  }

  private FakeAgent connected(One to, String name) throws InterruptedException {
    FakeAgent agent =
        new FakeAgent(to.channel)
            .say(FakeAgent.hello(name).toBuilder().setGossip("0.0.0.0:7402").build());
    ControllerMessage next = agent.next();
    assertThat(next.getWelcome().getTerm()).isEqualTo(1);
    ControllerMessage snapshot = agent.next();
    agent.ack(to.controller.epoch(), 1, snapshot.getSnapshot().getRevision());
    return agent;
  }

  private static AgentMessage sees(String endpoint, int failures, int successes) {
    return AgentMessage.newBuilder()
        .setHealth(
            HealthReport.newBuilder()
                .addObservations(
                    Observation.newBuilder()
                        .setPool("web")
                        .setEndpoint(endpoint)
                        .setHealth(failures == 0 ? Health.HEALTH_HEALTHY : Health.HEALTH_UNHEALTHY)
                        .setFailures(failures)
                        .setSuccesses(successes)
                        .setReason(failures == 0 ? "" : "connection refused")
                        .setProbed(Duration.getDefaultInstance())))
        .build();
  }

  private static Verdict verdict(One of) {
    return of.admin()
        .get(GetRequest.newBuilder().setResource(ref("Pool", "web")).build())
        .getPool()
        .getStatus()
        .getEndpoints(0)
        .getVerdict();
  }

  @Test
  void whatAgentsOfAnyControllerSeeLeadsToOneVerdictThatAllAreTold() throws Exception {
    declare();
    List<FakeAgent> fleet = new ArrayList<>();
    fleet.add(connected(leader, "a"));
    fleet.add(connected(follower, "b"));
    fleet.add(connected(follower, "c"));
    for (FakeAgent agent : fleet) {
      assertThat(agent.told(MessageCase.ASSIGNMENT).getAssignment().getTerm()).isEqualTo(1);
      assertThat(agent.told(MessageCase.GOSSIP).getGossip().getKeysCount()).isEqualTo(1);
      agent.say(sees(PRIMARY, 0, 2)).say(sees(BACKUP, 0, 2));
    }
    await().untilAsserted(() -> assertThat(verdict(follower)).isEqualTo(Verdict.VERDICT_HEALTHY));
    for (String name : List.of("a", "b", "c")) {
      assertThat(follower.agent(name)).isEqualTo(leader.agent(name));
      assertThat(leader.agent(name).getReachability())
          .isEqualTo(AgentStatus.Reachability.REACHABILITY_CONNECTED);
      assertThat(leader.agent(name).getController())
          .isEqualTo((name.equals("a") ? leader : follower).address());
    }
    fleet.get(1).say(sees(PRIMARY, 1, 0));
    for (FakeAgent other : List.of(fleet.get(0), fleet.get(2))) {
      assertThat(other.told(MessageCase.VERIFY).getVerify().getTargets(0).getEndpoint())
          .isEqualTo(PRIMARY);
      other.say(sees(PRIMARY, 3, 0));
    }
    fleet.get(1).say(sees(PRIMARY, 3, 0));
    for (FakeAgent agent : fleet) {
      await()
          .until(() ->
              agent.told(MessageCase.VERDICTS).getVerdicts().getEndpointsList().stream()
                  .anyMatch(one ->
                      one.getEndpoint().equals(PRIMARY)
                          && one.getVerdict() == Verdict.VERDICT_UNHEALTHY));
    }
    assertThat(verdict(follower)).isEqualTo(Verdict.VERDICT_UNHEALTHY);
    assertThat(
            follower
                .admin()
                .explain(ExplainRequest.newBuilder().setPool("web").build())
                .getEndpoints(0)
                .getVotesCount())
        .isEqualTo(3);
    // The one that leads goes, and what it decided stays; the agents hear who leads now.
    long decisions = count(follower);
    leader.close();
    assertThat(fleet.get(1).next().getWelcome().getTerm()).isZero();
    assertThat(fleet.get(1).next().getWelcome().getTerm()).isEqualTo(2);
    await().untilAsserted(() -> assertThat(verdict(follower)).isEqualTo(Verdict.VERDICT_UNHEALTHY));
    assertThat(count(follower)).isGreaterThanOrEqualTo(decisions);
    assertThat(follower.agent("a").getReachability())
        .isNotEqualTo(AgentStatus.Reachability.REACHABILITY_CONNECTED);
    leader = new One(etcd);
  }

  @Test
  void nothingIsEjectedOnTheWordOfThoseThatAreLeftWhenAFollowerGoes() throws Exception {
    declare();
    FakeAgent left = connected(leader, "a");
    List<FakeAgent> others = List.of(connected(follower, "b"), connected(follower, "c"));
    left.told(MessageCase.ASSIGNMENT);
    left.say(sees(PRIMARY, 0, 2));
    for (FakeAgent agent : others) {
      agent.told(MessageCase.ASSIGNMENT);
      agent.say(sees(PRIMARY, 0, 2));
    }
    await().untilAsserted(() -> assertThat(verdict(leader)).isEqualTo(Verdict.VERDICT_HEALTHY));
    follower.close();
    await()
        .until(() ->
            leader.agent("b").getReachability() != AgentStatus.Reachability.REACHABILITY_CONNECTED);
    await()
        .during(java.time.Duration.ofSeconds(3))
        .atMost(java.time.Duration.ofSeconds(20))
        .untilAsserted(() -> {
          left.say(sees(PRIMARY, 5, 0));
          assertThat(verdict(leader)).isNotEqualTo(Verdict.VERDICT_UNHEALTHY);
        });
    follower = new One(etcd);
  }

  private static long count(One of) {
    List<Long> numbers = new ArrayList<>();
    of.admin()
        .events(EventsRequest.newBuilder().setLimit(1_000).build())
        .forEachRemaining(decision -> numbers.add(decision.getNumber()));
    return numbers.size();
  }

  @Test
  void aNameIsTakenWhicheverControllerItsAgentIsWith() throws InterruptedException {
    declare();
    FakeAgent first = connected(leader, "a");
    FakeAgent second =
        new FakeAgent(follower.channel)
            .say(FakeAgent.hello("a").toBuilder().setInstance("another").build());
    assertThat(second.end().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
    assertThat(second.end().getDescription()).contains("give each agent a name of its own");
    FakeAgent third = connected(follower, "b");
    // The leader has to have heard of it.
    await()
        .ignoreExceptions()
        .until(() -> leader.agent("b").getController().equals(follower.address()));
    FakeAgent fourth =
        new FakeAgent(leader.channel)
            .say(FakeAgent.hello("b").toBuilder().setInstance("another").build());
    assertThat(fourth.end().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
    // The same process at another controller is the newer one.
    FakeAgent moved = new FakeAgent(follower.channel).say(FakeAgent.hello("a"));
    assertThat(first.end().getCode()).isEqualTo(Status.Code.ABORTED);
    await().until(() -> leader.agent("a").getController().equals(follower.address()));
    FakeAgent back = new FakeAgent(leader.channel).say(FakeAgent.hello("b"));
    assertThat(third.end().getCode()).isEqualTo(Status.Code.ABORTED);
    await().until(() -> leader.agent("b").getController().equals(leader.address()));
    moved.leave();
    back.leave();
  }

  @Test
  void anyOfThemTellsWhoIsThereAndHowFarARevisionHasCome() throws InterruptedException {
    long revision = declare();
    FakeAgent one = connected(leader, "a");
    FakeAgent other = connected(follower, "b");
    follower
        .admin()
        .await(AwaitRequest.newBuilder().setRevision(revision).build())
        .forEachRemaining(progress -> {
          if (progress.getReached()) {
            assertThat(progress.getCurrent()).isEqualTo(2);
          }
        });
    ClusterResponse cluster = follower.admin().cluster(ClusterRequest.getDefaultInstance());
    assertThat(cluster.getTerm()).isEqualTo(1);
    assertThat(cluster.getControllersList())
        .extracting(ControllerStatus::getAddress)
        .containsExactlyInAnyOrder(leader.address(), follower.address());
    assertThat(cluster.getControllersList())
        .filteredOn(ControllerStatus::getLeading)
        .extracting(ControllerStatus::getAddress)
        .containsExactly(leader.address());
    assertThat(cluster.getControllersList()).allMatch(each -> each.getAgents() == 1);
    one.leave();
    other.leave();
  }
}
