package io.weir.controller;

import static io.weir.controller.Samples.labelled;
import static io.weir.controller.Samples.listener;
import static io.weir.controller.Samples.pool;
import static io.weir.controller.Samples.ref;
import static io.weir.controller.Samples.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.Commit;
import io.weir.v1.Decision;
import io.weir.v1.DeleteRequest;
import io.weir.v1.EventsRequest;
import io.weir.v1.GetRequest;
import io.weir.v1.GetRolloutRequest;
import io.weir.v1.HistoryRequest;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import io.weir.v1.Rollout;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutSpec;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutStep;
import io.weir.v1.RolloutTransition;
import io.weir.v1.RolloutWish;
import io.weir.v1.StagedChange;
import io.weir.v1.SteerRolloutRequest;
import io.weir.v1.SteerRolloutRequest.Action;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes that go out step by step, through a whole controller to agents. */
final class RolloutsTest {
  private static final String OLD = "10.0.0.1:80";
  private static final String NEW = "10.0.0.2:80";
  private static final int AGENTS = 10;

  @TempDir Path dir;
  private Controller controller;
  private ManagedChannel channel;
  private AdminServiceGrpc.AdminServiceBlockingStub admin;
  private List<SteadyAgent> agents = new ArrayList<>();

  @BeforeEach
  void start() throws StartupException {
    open();
    Seen.by(
        admin(),
        admin()
            .apply(
                ApplyRequest.newBuilder()
                    .addResources(pool("web", OLD))
                    .addResources(listener("in", "127.0.0.1:8080", "web"))
                    .build()));
  }

  private void open() throws StartupException {
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
    assertThat(agents).flatExtracting(SteadyAgent::wrongs).isEmpty();
  }

  private AdminServiceGrpc.AdminServiceBlockingStub admin() {
    return admin.withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private void connect(Predicate<Map<String, Resource>> takes) {
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new SteadyAgent(channel, "agent-" + i, takes));
    }
    all(OLD);
  }

  private void all(String address) {
    eventually(() -> agents.stream().allMatch(agent -> agent.address().equals(address)));
  }

  private static void eventually(java.util.concurrent.Callable<Boolean> holds) {
    await()
        .atMost(java.time.Duration.ofSeconds(20))
        .pollDelay(java.time.Duration.ZERO)
        .pollInterval(java.time.Duration.ofMillis(5))
        .until(holds);
  }

  private static Duration millis(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos((int) (millis % 1_000) * 1_000_000)
        .build();
  }

  private static RolloutWish steps(long bakeMillis, double... percents) {
    RolloutPlan.Builder plan = RolloutPlan.newBuilder();
    for (double percent : percents) {
      plan.addSteps(RolloutStep.newBuilder().setPercent(percent).setBake(millis(bakeMillis)));
    }
    return RolloutWish.newBuilder().setPlan(plan).build();
  }

  private ApplyRequest change(RolloutWish wish) {
    return ApplyRequest.newBuilder()
        .addResources(pool("web", NEW))
        .setAuthor("ann")
        .setMessage("move")
        .setRollout(wish)
        .build();
  }

  private long apply(RolloutWish wish) {
    return admin().apply(change(wish)).getRollout();
  }

  private StagedChange get(long number) {
    return admin().getRollout(GetRolloutRequest.newBuilder().setNumber(number).build());
  }

  private StagedChange over(long number, RolloutState state) {
    eventually(() -> get(number).getState() == state);
    return get(number);
  }

  private StagedChange steer(long number, Action action) {
    return admin()
        .steerRollout(
            SteerRolloutRequest.newBuilder()
                .setNumber(number)
                .setAction(action)
                .setAuthor("bob")
                .build());
  }

  private Resource declared() {
    return admin().get(GetRequest.newBuilder().setResource(ref("Pool", "web")).build());
  }

  private long staged() {
    return agents.stream().filter(agent -> agent.everRan().contains(NEW)).count();
  }

  @Test
  void goesFromStepToStepAndIsDeclaredInTheEnd() {
    connect(_ -> true);
    long number = apply(steps(2_000, 10, 100));
    eventually(() -> get(number).getState() == RolloutState.ROLLOUT_STATE_BAKING);
    assertThat(staged()).isEqualTo(1);
    assertThat(agents.stream().filter(SteadyAgent::isStaged)).hasSize(1);
    assertThat(declared().getPool().getSpec().getEndpoints(0).getAddress()).isEqualTo(OLD);
    StagedChange over = over(number, RolloutState.ROLLOUT_STATE_COMMITTED);
    all(NEW);
    eventually(() -> agents.stream().noneMatch(SteadyAgent::isStaged));
    assertThat(declared().getPool().getSpec().getEndpoints(0).getAddress()).isEqualTo(NEW);
    assertThat(declared().getMetadata().getRevision()).isEqualTo(over.getRevision());
    Commit commit = admin().history(HistoryRequest.newBuilder().setLimit(1).build()).getCommits(0);
    assertThat(commit.getRollout()).isEqualTo(number);
    assertThat(commit.getAuthor()).isEqualTo("ann");
    assertThat(commit.getMessage()).isEqualTo("move");
    eventually(() -> transitions(number).size() == over.getTransitionsCount());
    assertThat(transitions(number)).isEqualTo(over.getTransitionsList());
  }

  /** As decisions tell of them. */
  private List<RolloutTransition> transitions(long number) {
    List<RolloutTransition> found = new ArrayList<>();
    Iterator<Decision> decisions = admin().events(EventsRequest.newBuilder().setLimit(100).build());
    decisions.forEachRemaining(decision -> {
      if (decision.getRollout().getRollout() == number) {
        found.add(decision.getRollout().getTransition());
      }
    });
    return found;
  }

  @Test
  void goesBackWhenAnAgentOfTheCohortRefuses() {
    connect(resources ->
        resources.values().stream()
            .filter(Resource::hasPool)
            .noneMatch(pool -> pool.getPool().getSpec().getEndpoints(0).getAddress().equals(NEW)));
    long number = apply(steps(60_000, 10, 100));
    StagedChange over = over(number, RolloutState.ROLLOUT_STATE_ROLLED_BACK);
    assertThat(over.getReason()).contains("1 agent refused it", "cannot run it");
    assertThat(staged()).isZero();
    all(OLD);
    // What was refused is of no interest any more: the next change comes through.
    admin().apply(ApplyRequest.newBuilder().addResources(pool("web", "10.0.0.3:80")).build());
    all("10.0.0.3:80");
  }

  @Test
  void goesBackWhenRequestsFailInTheCohortAndNotElsewhere() {
    connect(_ -> true);
    agents.forEach(agent -> agent.served(1_000, 10));
    long number = apply(steps(60_000, 10, 100));
    eventually(() -> get(number).getState() == RolloutState.ROLLOUT_STATE_BAKING);
    eventually(() -> {
      agents.forEach(agent -> agent.served(100, agent.address().equals(NEW) ? 50 : 1));
      return get(number).getState() == RolloutState.ROLLOUT_STATE_ROLLED_BACK;
    });
    assertThat(get(number).getReason()).contains("requests to listener in failed");
    assertThat(staged()).isEqualTo(1);
    all(OLD);
  }

  @Test
  void goesBackWhenNobodyConfirmsItInTime() {
    connect(_ -> true);
    long number =
        apply(
            RolloutWish.newBuilder()
                .setPlan(
                    RolloutPlan.newBuilder()
                        .addSteps(RolloutStep.newBuilder().setPercent(100))
                        .setConfirmWithin(millis(2_000)))
                .build());
    all(NEW);
    assertThat(over(number, RolloutState.ROLLOUT_STATE_ROLLED_BACK).getReason())
        .isEqualTo("nobody confirmed it within 2 s");
    all(OLD);
    assertThat(declared().getPool().getSpec().getEndpoints(0).getAddress()).isEqualTo(OLD);
  }

  @Test
  void isDeclaredOnceItIsConfirmed() {
    connect(_ -> true);
    long number =
        apply(
            RolloutWish.newBuilder()
                .setPlan(
                    RolloutPlan.newBuilder()
                        .addSteps(RolloutStep.newBuilder().setPercent(100))
                        .setConfirmWithin(millis(60_000)))
                .build());
    all(NEW);
    assertThat(steer(number, Action.ACTION_CONFIRM).getState())
        .isEqualTo(RolloutState.ROLLOUT_STATE_COMMITTED);
    assertThat(declared().getPool().getSpec().getEndpoints(0).getAddress()).isEqualTo(NEW);
    eventually(() -> agents.stream().noneMatch(SteadyAgent::isStaged));
    all(NEW);
    refused(() -> steer(number, Action.ACTION_ABORT), "is over already");
  }

  @Test
  void isPausedResumedPromotedAndAborted() {
    connect(_ -> true);
    long number = apply(steps(60_000, 10, 50, 100));
    eventually(() -> get(number).getState() == RolloutState.ROLLOUT_STATE_BAKING);
    assertThat(steer(number, Action.ACTION_PAUSE).getPaused()).isTrue();
    assertThat(steer(number, Action.ACTION_PROMOTE).getStep()).isEqualTo(2);
    eventually(() -> staged() == 5);
    steer(number, Action.ACTION_PAUSE);
    steer(number, Action.ACTION_RESUME);
    assertThat(steer(number, Action.ACTION_ABORT).getState())
        .isEqualTo(RolloutState.ROLLOUT_STATE_ABORTED);
    all(OLD);
    assertThat(steer(number, Action.ACTION_ABORT).getReason()).isEqualTo("aborted by bob");
    refused(() -> steer(number, Action.ACTION_RESUME), "is over already");
  }

  @Test
  void whatIsUnderWayIsInTheWayOfOtherWrites() {
    connect(_ -> true);
    admin().apply(ApplyRequest.newBuilder().addResources(pool("next", NEW)).build());
    long first = apply(steps(60_000, 10, 100));
    refused(() -> apply(steps(60_000, 50, 100)), "is part of rollout " + first);
    refused(() -> apply(RolloutWish.newBuilder().setNow(true).build()), "weir ctl rollout abort");
    ApplyResponse routed =
        admin()
            .apply(
                ApplyRequest.newBuilder()
                    .addResources(route("r", "in", "/next", "next"))
                    .setRollout(steps(60_000, 100))
                    .build());
    refused(
        () -> admin().delete(DeleteRequest.newBuilder().addResources(ref("Pool", "next")).build()),
        "which is under way");
    steer(routed.getRollout(), Action.ACTION_ABORT);
    admin().delete(DeleteRequest.newBuilder().addResources(ref("Pool", "next")).build());
  }

  private static void refused(Runnable call, String why) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION))
        .hasMessageContaining(why);
  }

  @Test
  void aPolicyGovernsWhatItSelects() {
    connect(_ -> true);
    admin()
        .apply(
            ApplyRequest.newBuilder()
                .addResources(
                    Resource.newBuilder()
                        .setMetadata(Metadata.newBuilder().setName("careful"))
                        .setRollout(
                            Rollout.newBuilder()
                                .setSpec(
                                    RolloutSpec.newBuilder()
                                        .putSelect("tier", "front")
                                        .addSteps(
                                            RolloutStep.newBuilder()
                                                .setPercent(100)
                                                .setBake(millis(100))))))
                .build());
    ApplyRequest.Builder front =
        ApplyRequest.newBuilder().addResources(labelled(pool("web", NEW), Map.of("tier", "front")));
    ApplyResponse staged = admin().apply(front.build());
    assertThat(staged.getRollout()).isPositive();
    assertThat(get(staged.getRollout()).getPlan().getPolicy()).isEqualTo("careful");
    over(staged.getRollout(), RolloutState.ROLLOUT_STATE_COMMITTED);
    all(NEW);
    ApplyResponse direct =
        admin()
            .apply(
                front
                    .setResources(0, labelled(pool("web", OLD), Map.of("tier", "front")))
                    .setRollout(RolloutWish.newBuilder().setNow(true))
                    .build());
    assertThat(direct.getRollout()).isZero();
    all(OLD);
  }

  @Test
  void goesOnAfterTheControllerHasComeBack() throws StartupException {
    connect(_ -> true);
    long number = apply(steps(1_000, 10, 100));
    eventually(() -> get(number).getState() == RolloutState.ROLLOUT_STATE_BAKING);
    String epoch = controller.epoch();
    channel.shutdownNow();
    controller.close();
    open();
    agents =
        new ArrayList<>(
            agents.stream().map(agent -> new SteadyAgent(channel, agent, epoch)).toList());
    assertThat(over(number, RolloutState.ROLLOUT_STATE_COMMITTED).getTransitionsList())
        .extracting(RolloutTransition::getIndex)
        .isSorted()
        .doesNotHaveDuplicates();
    all(NEW);
    List<RolloutTransition> all = get(number).getTransitionsList();
    eventually(() -> transitions(number).equals(all));
  }
}
