package io.weir.controller;

import static io.weir.controller.Samples.listener;
import static io.weir.controller.Samples.pool;
import static io.weir.controller.Samples.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AgentMessage;
import io.weir.v1.AgentStatus;
import io.weir.v1.ApplyRequest;
import io.weir.v1.AssignedEndpoint;
import io.weir.v1.AvailabilityRequest;
import io.weir.v1.ControllerMessage.MessageCase;
import io.weir.v1.Decision;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointStatus;
import io.weir.v1.EventsRequest;
import io.weir.v1.ExplainRequest;
import io.weir.v1.ExplainResponse;
import io.weir.v1.GetRequest;
import io.weir.v1.Gossip;
import io.weir.v1.Health;
import io.weir.v1.HealthCheck;
import io.weir.v1.HealthReport;
import io.weir.v1.MembershipReport;
import io.weir.v1.Observation;
import io.weir.v1.PoolAvailability;
import io.weir.v1.PoolSpec;
import io.weir.v1.PoolStatus;
import io.weir.v1.TcpProbe;
import io.weir.v1.Verdict;
import io.weir.v1.Verdicts;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a whole controller makes of what its agents see. */
final class VerdictsTest {
  private static final String PRIMARY = "10.0.0.1:80";
  private static final String BACKUP = "10.0.0.2:80";

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
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    controller.close();
  }

  private AdminServiceGrpc.AdminServiceBlockingStub admin() {
    return admin.withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private void declare() {
    PoolSpec.Builder spec =
        PoolSpec.newBuilder()
            .addEndpoints(Endpoint.newBuilder().setAddress(PRIMARY))
            .addEndpoints(Endpoint.newBuilder().setAddress(BACKUP).setPriority(1))
            .setHealth(HealthCheck.newBuilder().setTcp(TcpProbe.getDefaultInstance()));
    Seen.by(
        admin(),
        admin()
            .apply(
                ApplyRequest.newBuilder()
                    .addResources(pool("web", spec))
                    .addResources(listener("in", "127.0.0.1:8080", "web"))
                    .build()));
  }

  private FakeAgent connected(String name) throws InterruptedException {
    FakeAgent agent =
        new FakeAgent(channel)
            .say(FakeAgent.hello(name).toBuilder().setGossip("0.0.0.0:7402").build());
    assertThat(agent.next().hasWelcome()).isTrue();
    agent.ack(controller.epoch(), controller.term(), agent.next().getSnapshot().getRevision());
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

  private Verdicts verdicts(FakeAgent agent) throws InterruptedException {
    while (true) {
      Verdicts verdicts = agent.told(MessageCase.VERDICTS).getVerdicts();
      if (verdicts.getEndpointsCount() + verdicts.getPoolsCount() > 0) {
        return verdicts;
      }
    }
  }

  private PoolStatus status() {
    return admin()
        .get(GetRequest.newBuilder().setResource(ref("Pool", "web")).build())
        .getPool()
        .getStatus();
  }

  private EndpointStatus primary() {
    return status().getEndpoints(0);
  }

  private List<FakeAgent> fleetThatLosesItsPrimary() throws InterruptedException {
    declare();
    List<FakeAgent> fleet = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      fleet.add(connected(name));
    }
    for (FakeAgent agent : fleet) {
      assertThat(agent.told(MessageCase.ASSIGNMENT).getAssignment().getEndpointsList())
          .extracting(AssignedEndpoint::getEndpoint)
          .contains(PRIMARY, BACKUP);
      agent.say(sees(PRIMARY, 0, 2)).say(sees(BACKUP, 0, 2));
    }
    await()
        .untilAsserted(() -> {
          assertThat(primary().getVerdict()).isEqualTo(Verdict.VERDICT_HEALTHY);
          assertThat(primary().getHealthy()).isEqualTo(3);
        });
    fleet.get(0).say(sees(PRIMARY, 1, 0));
    for (FakeAgent other : fleet.subList(1, 3)) {
      assertThat(other.told(MessageCase.VERIFY).getVerify().getTargets(0).getEndpoint())
          .isEqualTo(PRIMARY);
      other.say(sees(PRIMARY, 3, 0));
    }
    return fleet;
  }

  @Test
  void aDeadEndpointIsTakenOutForAllAndItsPoolFailsOver() throws InterruptedException {
    List<FakeAgent> fleet = fleetThatLosesItsPrimary();
    for (FakeAgent agent : fleet) {
      Verdicts verdicts = verdicts(agent);
      assertThat(verdicts.getTerm()).isEqualTo(controller.term());
      assertThat(verdicts.getEndpointsList())
          .singleElement()
          .satisfies(verdict -> {
            assertThat(verdict.getEndpoint()).isEqualTo(PRIMARY);
            assertThat(verdict.getVerdict()).isEqualTo(Verdict.VERDICT_UNHEALTHY);
            assertThat(verdict.getReason()).contains("none of the 3 agents");
          });
      assertThat(verdicts.getPoolsList())
          .singleElement()
          .satisfies(position -> assertThat(position.getFloor()).isEqualTo(1));
    }
    assertThat(primary().getVerdict()).isEqualTo(Verdict.VERDICT_UNHEALTHY);
    assertThat(status().getFloor()).isEqualTo(1);
    assertThat(status().getFloorReason()).contains("below priority 1");
  }

  @Test
  void aRestartedControllerKeepsWhatWasDecided() throws Exception {
    List<FakeAgent> fleet = fleetThatLosesItsPrimary();
    verdicts(fleet.getFirst());
    long decision = primary().getDecision();
    Gossip before = fleet.getFirst().told(MessageCase.GOSSIP).getGossip();
    stop();
    start();
    assertThat(primary().getVerdict()).isEqualTo(Verdict.VERDICT_UNHEALTHY);
    assertThat(primary().getDecision()).isEqualTo(decision);
    FakeAgent agent = connected("a");
    Verdicts verdicts = verdicts(agent);
    assertThat(verdicts.getComplete()).isTrue();
    assertThat(verdicts.getEndpointsList())
        .singleElement()
        .satisfies(verdict -> assertThat(verdict.getDecision()).isEqualTo(decision));
    assertThat(verdicts.getPools(0).getFloor()).isEqualTo(1);
    assertThat(agent.told(MessageCase.GOSSIP).getGossip().getKeysList())
        .isEqualTo(before.getKeysList())
        .hasSize(1);
  }

  @Test
  void whyTrafficIsWhereItIsIsExplained() throws InterruptedException {
    Iterator<Decision> events =
        admin().events(EventsRequest.newBuilder().setPool("web").setFollow(true).build());
    verdicts(fleetThatLosesItsPrimary().getFirst());
    Decision judged = events.next();
    assertThat(judged.getEndpoint().getEndpoint()).isEqualTo(PRIMARY);
    assertThat(judged.getEndpoint().getVotesList()).hasSize(3);
    Decision moved = events.next();
    assertThat(moved.getPool().getTo()).isEqualTo(1);
    assertThat(moved.getCause()).isEqualTo(judged.getNumber());
    assertThat(moved.getTerm()).isEqualTo(controller.term());

    ExplainResponse explained = admin().explain(ExplainRequest.newBuilder().setPool("web").build());
    assertThat(explained.getDecisionsList()).containsExactly(moved, judged);
    assertThat(explained.getEndpoints(0).getSentence())
        .startsWith(
            "takes no new requests: the fleet holds it to be down: none of the 3 agents that probed"
                + " it")
        .endsWith("(decision 1)");
    assertThat(explained.getEndpoints(1).getSentence())
        .isEqualTo("takes requests: 3 of the 3 agents that probe it reach it");
    assertThat(explained.getEndpoints(1).getObserversList())
        .containsExactlyInAnyOrder("a", "b", "c");

    await()
        .untilAsserted(() -> {
          PoolAvailability web =
              admin().availability(AvailabilityRequest.getDefaultInstance()).getPools(0);
          assertThat(web.getTotal().getDown()).isEqualTo(Duration.getDefaultInstance());
          assertThat(web.getEndpoints(0).getTotal().getDown())
              .isNotEqualTo(Duration.getDefaultInstance());
        });
  }

  @Test
  void agentsAreToldOfEachOther() throws InterruptedException {
    declare();
    FakeAgent one = connected("a");
    assertThat(one.told(MessageCase.GOSSIP).getGossip().getMembersList()).isEmpty();
    FakeAgent two = connected("b");
    assertThat(two.told(MessageCase.GOSSIP).getGossip().getMembersList())
        .singleElement()
        .satisfies(member -> {
          assertThat(member.getAgent()).isEqualTo("a");
          assertThat(member.getAddress()).isEqualTo("127.0.0.1:7402");
        });
    assertThat(one.told(MessageCase.GOSSIP).getGossip().getMembersList())
        .singleElement()
        .satisfies(member -> assertThat(member.getAgent()).isEqualTo("b"));
  }

  @Test
  void anAgentThatIsOnlyCutOffIsToldApartFromADeadOne() throws InterruptedException {
    declare();
    FakeAgent one = connected("a");
    connected("b").leave();
    connected("c").leave();
    // Registered, so that they are known once they are gone.
    await()
        .ignoreExceptions()
        .untilAsserted(() -> {
          assertThat(agent("b").getState()).isEqualTo(AgentStatus.State.STATE_STALE);
          assertThat(agent("c").getState()).isEqualTo(AgentStatus.State.STATE_STALE);
        });
    one.say(
        AgentMessage.newBuilder()
            .setMembership(
                MembershipReport.newBuilder()
                    .addMembers(
                        MembershipReport.Member.newBuilder()
                            .setAgent("b")
                            .setState(MembershipReport.State.STATE_ALIVE))
                    .addMembers(
                        MembershipReport.Member.newBuilder()
                            .setAgent("c")
                            .setState(MembershipReport.State.STATE_DEAD)))
            .build());
    await()
        .untilAsserted(() -> {
          assertThat(agent("a").getReachability())
              .isEqualTo(AgentStatus.Reachability.REACHABILITY_CONNECTED);
          assertThat(agent("b").getReachability())
              .isEqualTo(AgentStatus.Reachability.REACHABILITY_CUT_OFF);
          assertThat(agent("b").getAliveTo()).isEqualTo(1);
          assertThat(agent("c").getReachability())
              .isEqualTo(AgentStatus.Reachability.REACHABILITY_DEAD);
        });
  }

  private AgentStatus agent(String name) {
    return admin()
        .get(GetRequest.newBuilder().setResource(ref("Agent", name)).build())
        .getAgent()
        .getStatus();
  }
}
