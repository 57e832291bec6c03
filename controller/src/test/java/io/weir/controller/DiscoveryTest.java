package io.weir.controller;

import static io.weir.controller.Samples.listener;
import static io.weir.controller.Samples.pool;
import static io.weir.controller.Samples.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.controller.dns.DnsServer;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Decision;
import io.weir.v1.Delta;
import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.Discovery;
import io.weir.v1.DiscoveryStatus;
import io.weir.v1.DnsDiscovery;
import io.weir.v1.DnsType;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointPatch;
import io.weir.v1.EndpointStatus;
import io.weir.v1.EventsRequest;
import io.weir.v1.ExplainRequest;
import io.weir.v1.GetRequest;
import io.weir.v1.GetRolloutRequest;
import io.weir.v1.PoolSpec;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutStep;
import io.weir.v1.RolloutWish;
import io.weir.v1.StagedChange;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole controller that asks a real name server. */
final class DiscoveryTest {
  private static final String NAME = "web.example.com";
  private static final String DECLARED = "10.9.9.9:80";

  @TempDir Path dir;
  private DnsServer dns;
  private Controller controller;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws StartupException, InterruptedException {
    dns = DnsServer.start();
    Awaitility.setDefaultTimeout(java.time.Duration.ofSeconds(20));
    open();
  }

  private void open() throws StartupException {
    controller =
        Controller.start(
            new ControllerConfig(
                "test", new Listen("127.0.0.1", 0), new Storage.Embedded(dir), 100),
            InstantSource.system());
    channel = NettyChannelBuilder.forAddress("127.0.0.1", controller.port()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    shut();
    dns.close();
  }

  private void shut() {
    channel.shutdownNow();
    controller.close();
  }

  private AdminServiceGrpc.AdminServiceBlockingStub admin() {
    return AdminServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private PoolSpec.Builder spec() {
    return PoolSpec.newBuilder()
        .setDiscovery(
            Discovery.newBuilder()
                .setDns(
                    DnsDiscovery.newBuilder()
                        .setName(NAME)
                        .setType(DnsType.DNS_TYPE_A)
                        .setPort(80)
                        .setMinInterval(Duration.newBuilder().setSeconds(1))
                        .setMaxInterval(Duration.newBuilder().setSeconds(1))
                        .addServers(dns.address())));
  }

  private void apply(Resource... resources) {
    Seen.by(
        admin(),
        admin().apply(ApplyRequest.newBuilder().addAllResources(List.of(resources)).build()));
  }

  private PoolStatus status() {
    return admin()
        .get(GetRequest.newBuilder().setResource(ref("Pool", "web")).build())
        .getPool()
        .getStatus();
  }

  private DiscoveryStatus discovery() {
    return status().getDiscovery();
  }

  private void awaitFound(String... addresses) {
    await()
        .untilAsserted(() ->
            assertThat(discovery().getEndpointsList())
                .extracting(DiscoveredEndpoint::getAddress)
                .containsExactly(addresses));
  }

  private static List<String> addresses(List<Endpoint> endpoints) {
    return endpoints.stream().map(Endpoint::getAddress).toList();
  }

  /** Of what an agent is sent whole. */
  private static List<String> given(ControllerMessage message) {
    return message.getSnapshot().getResourcesList().stream()
        .filter(Resource::hasPool)
        .flatMap(one -> addresses(one.getPool().getSpec().getEndpointsList()).stream())
        .toList();
  }

  private FakeAgent connected(String name) throws InterruptedException {
    FakeAgent agent = new FakeAgent(channel).say(FakeAgent.hello(name));
    assertThat(agent.next().hasWelcome()).isTrue();
    return agent;
  }

  private List<Boolean> events() {
    List<Boolean> failing = new ArrayList<>();
    admin()
        .events(EventsRequest.newBuilder().setPool("web").build())
        .forEachRemaining((Decision one) -> failing.add(one.getDiscovery().getFailing()));
    return failing;
  }

  @Test
  void whatDnsSaysIsWhatAgentsRunBesideWhatIsDeclared() throws InterruptedException {
    dns.addresses(NAME, 0, "10.0.0.1", "10.0.0.2");
    apply(
        pool("web", spec().addEndpoints(Endpoint.newBuilder().setAddress(DECLARED))),
        listener("in", "127.0.0.1:8080", "web"));
    awaitFound("10.0.0.1:80", "10.0.0.2:80");
    FakeAgent agent = connected("a");
    ControllerMessage first = agent.next();
    assertThat(given(first)).containsExactly(DECLARED, "10.0.0.1:80", "10.0.0.2:80");
    agent.ack(controller.epoch(), controller.term(), first.getSnapshot().getRevision());

    dns.addresses(NAME, 0, "10.0.0.2", "10.0.0.3");
    Delta delta = agent.next().getDelta();
    EndpointPatch patch = delta.getPatches(0);
    assertThat(patch.getRemovedList()).containsExactly(1);
    assertThat(patch.getInserted(0).getEndpoint().getAddress()).isEqualTo("10.0.0.3:80");
    assertThat(delta.getRevision()).isGreaterThan(first.getSnapshot().getRevision());
    assertThat(status().getEndpointsList())
        .extracting(EndpointStatus::getAddress)
        .containsExactly(DECLARED, "10.0.0.2:80", "10.0.0.3:80");
    assertThat(
            admin()
                .explain(
                    ExplainRequest.newBuilder().setPool("web").setEndpoint("10.0.0.3:80").build())
                .getEndpoints(0)
                .getSentence())
        .startsWith("takes requests");
    agent.leave();
  }

  @Test
  void whileNothingIsFoundWhatWasFoundStaysAndIsSaidSo() {
    dns.addresses(NAME, 0, "10.0.0.1");
    apply(pool("web", spec()), listener("in", "127.0.0.1:8080", "web"));
    awaitFound("10.0.0.1:80");
    assertThat(discovery().getError()).isEmpty();
    List<Runnable> faults =
        List.of(
            () -> dns.fail(DnsResponseCode.SERVFAIL),
            () -> dns.fail(null).remove(NAME),
            () -> dns.nothing(NAME));
    for (Runnable fault : faults) {
      fault.run();
      String before = discovery().getError();
      await().until(() -> !discovery().getError().equals(before));
      awaitFound("10.0.0.1:80");
      assertThat(discovery().hasFailingSince()).isTrue();
    }
    dns.addresses(NAME, 0, "10.0.0.7");
    awaitFound("10.0.0.7:80");
    await().untilAsserted(() -> assertThat(discovery().getError()).isEmpty());
    assertThat(discovery().hasLastSuccess()).isTrue();
    await().untilAsserted(() -> assertThat(events()).containsExactly(true, false));
  }

  @Test
  void aRestartGoesOnWithWhatWasFoundAndReturningAgentsAreSentWhatTheyMissed() throws Exception {
    dns.addresses(NAME, 0, "10.0.0.1");
    apply(pool("web", spec()), listener("in", "127.0.0.1:8080", "web"));
    awaitFound("10.0.0.1:80");
    FakeAgent early = connected("early");
    ControllerMessage before = early.next();
    long earlier = before.getSnapshot().getRevision();
    assertThat(given(before)).containsExactly("10.0.0.1:80");
    early.ack(controller.epoch(), controller.term(), earlier);
    early.leave();
    dns.addresses(NAME, 0, "10.0.0.2");
    awaitFound("10.0.0.2:80");
    FakeAgent agent = connected("a");
    ControllerMessage first = agent.next();
    assertThat(given(first)).containsExactly("10.0.0.2:80");
    long revision = first.getSnapshot().getRevision();
    agent.ack(controller.epoch(), controller.term(), revision);
    controller.settled(revision).get(20, TimeUnit.SECONDS);

    dns.silent(true);
    shut();
    open();
    FakeAgent back = new FakeAgent(channel).say(agent.again("a", controller.epoch(), revision));
    assertThat(back.next().hasWelcome()).isTrue();
    FakeAgent fresh = connected("fresh");
    ControllerMessage given = fresh.next();
    assertThat(given(given)).containsExactly("10.0.0.2:80");
    fresh.ack(controller.epoch(), controller.term(), given.getSnapshot().getRevision());
    controller.settled(revision).get(20, TimeUnit.SECONDS);
    assertThat(back.hasNothing()).isTrue();
    awaitFound("10.0.0.2:80");
    FakeAgent late = new FakeAgent(channel).say(early.again("early", controller.epoch(), earlier));
    assertThat(late.next().hasWelcome()).isTrue();
    Delta missed = late.next().getDelta();
    assertThat(missed.getBaseRevision()).isEqualTo(earlier);
    assertThat(missed.getPatches(0).getRemovedList()).containsExactly(0);
    assertThat(missed.getPatches(0).getInserted(0).getEndpoint().getAddress())
        .isEqualTo("10.0.0.2:80");
    late.leave();

    dns.silent(false).addresses(NAME, 0, "10.0.0.3");
    Delta delta = back.next().getDelta();
    assertThat(delta.getBaseRevision()).isEqualTo(revision);
    assertThat(delta.getPatches(0).getInserted(0).getEndpoint().getAddress())
        .isEqualTo("10.0.0.3:80");
  }

  @Test
  void withoutDiscoveryNothingOfItRemains() throws InterruptedException {
    dns.addresses(NAME, 0, "10.0.0.1");
    apply(
        pool("web", spec().addEndpoints(Endpoint.newBuilder().setAddress(DECLARED))),
        listener("in", "127.0.0.1:8080", "web"));
    awaitFound("10.0.0.1:80");
    apply(pool("web", DECLARED));
    assertThat(given(connected("a").next())).containsExactly(DECLARED);
    assertThat(status().hasDiscovery()).isFalse();
    int asked = dns.asked(NAME, "A");
    apply(pool("web", spec()));
    await().until(() -> dns.asked(NAME, "A") > asked);
    awaitFound("10.0.0.1:80");
  }

  @Test
  void whatARolloutSearchesForIsFoundBeforeAnyAgentHasItAndIsDeclaredWithIt() {
    apply(pool("web", DECLARED), listener("in", "127.0.0.1:8080", "web"));
    SteadyAgent agent = new SteadyAgent(channel, "a", _ -> true);
    await().until(() -> agent.address().equals(DECLARED));
    long number =
        admin()
            .apply(
                ApplyRequest.newBuilder()
                    .addResources(pool("web", spec()))
                    .setRollout(
                        RolloutWish.newBuilder()
                            .setPlan(
                                RolloutPlan.newBuilder()
                                    .addSteps(
                                        RolloutStep.newBuilder()
                                            .setPercent(100)
                                            .setBake(Duration.newBuilder().setSeconds(1)))))
                    .build())
            .getRollout();
    await()
        .untilAsserted(() ->
            assertThat(rollout(number).getProgress().getSentence())
                .contains("nothing is found for pool web", "NXDOMAIN"));
    assertThat(rollout(number).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PENDING);
    assertThat(agent.address()).isEqualTo(DECLARED);

    dns.addresses(NAME, 0, "10.0.0.1");
    await().until(() -> agent.address().equals("10.0.0.1:80"));
    assertThat(discovery().getEndpointsList()).isEmpty();
    dns.addresses(NAME, 0, "10.0.0.2");
    await().until(() -> agent.address().equals("10.0.0.2:80"));
    await().until(() -> rollout(number).getState() == RolloutState.ROLLOUT_STATE_COMMITTED);
    awaitFound("10.0.0.2:80");
    dns.addresses(NAME, 0, "10.0.0.3");
    awaitFound("10.0.0.3:80");
    await().until(() -> agent.address().equals("10.0.0.3:80"));
    assertThat(agent.wrongs()).isEmpty();
    assertThat(agent.everRan())
        .containsExactlyInAnyOrder(DECLARED, "10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80");
  }

  private StagedChange rollout(long number) {
    return admin().getRollout(GetRolloutRequest.newBuilder().setNumber(number).build());
  }

  @Test
  void aPoolOfWhichNothingIsFoundYetHasNoEndpoints() throws InterruptedException {
    apply(pool("web", spec()), listener("in", "127.0.0.1:8080", "web"));
    FakeAgent agent = connected("a");
    ControllerMessage first = agent.next();
    assertThat(given(first)).isEmpty();
    agent.ack(controller.epoch(), controller.term(), first.getSnapshot().getRevision());
    await().untilAsserted(() -> assertThat(discovery().getError()).contains("NXDOMAIN"));
    assertThat(discovery().getEndpointsList()).isEmpty();
    dns.addresses(NAME, 0, "10.0.0.1");
    assertThat(agent.next().getDelta().getPatches(0).getInsertedCount()).isEqualTo(1);
  }
}
