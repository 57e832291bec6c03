package io.weir.e2e.rollout;

import io.grpc.StatusRuntimeException;
import io.weir.e2e.live.Admin;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.EtcdCluster;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Ports;
import io.weir.e2e.live.Programs;
import io.weir.e2e.load.Load;
import io.weir.e2e.load.Window;
import io.weir.v1.AgentStatus;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ControllerStatus;
import io.weir.v1.Endpoint;
import io.weir.v1.Resource;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutStep;
import io.weir.v1.RolloutWish;
import io.weir.v1.StagedChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Six agents under load, three origins, and either three controllers on an etcd of three members or
 * one with a store of its own: all processes. Changes go out to the agents step by step, and come
 * back.
 */
public final class RolloutSite implements AutoCloseable {
  public static final List<String> AGENTS = List.of("a", "b", "c", "d", "e", "f");

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration TTL = Duration.ofSeconds(3);
  private static final int REQUESTS_PER_SECOND = 40;
  private static final String NOWHERE = "127.0.0.1:1";

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final @Nullable EtcdCluster etcd;
  private final Map<String, Child> controllers = new LinkedHashMap<>();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Map<String, Admin> admins = new LinkedHashMap<>();
  private final Map<String, Integer> web = new LinkedHashMap<>();
  private final List<String> endpoints = new ArrayList<>();
  private final Map<String, Load> loads = new LinkedHashMap<>();
  private final Consumer<String> say;

  /**
   * What became of a harmful change.
   *
   * @param exposed agents that ever ran it, or of which a request failed
   * @param seconds from when the first agent ran it to when none did
   * @param failedOutside requests that failed at agents that never ran it
   * @param failedInside at those that did
   */
  public record Harm(
      StagedChange end,
      Set<String> exposed,
      double seconds,
      long failedOutside,
      long failedInside) {
    public Harm {
      exposed = Set.copyOf(exposed);
    }
  }

  /**
   * Starts all of it; returns once it serves.
   *
   * @param say told what is done
   */
  public RolloutSite(Consumer<String> say) {
    this.say = say;
    this.etcd = EtcdCluster.installed() ? EtcdCluster.start(EtcdCluster.Settings.members(3)) : null;
    List<Child> origins = new ArrayList<>();
    for (String name : List.of("one", "two", "three")) {
      origins.add(fleet.startOrigin(name, "127.0.0.1"));
    }
    for (String name : etcd == null ? List.of("c0") : List.of("c0", "c1", "c2")) {
      ports.put(name, Ports.free());
      startController(name);
      Fleet.awaitController(Objects.requireNonNull(controllers.get(name)));
      admins.put(name, new Admin(address(name)));
    }
    origins.forEach(origin -> endpoints.add(Fleet.awaitOrigin(origin)));
    AGENTS.forEach(agent -> web.put(agent, Ports.free()));
    declare();
    for (String agent : AGENTS) {
      Fleet.awaitReady(fleet.agent(agent, String.join(",", addresses())));
    }
    for (String agent : AGENTS) {
      loads.put(
          agent,
          new Load(
              List.of(
                  new InetSocketAddress(
                      InetAddress.getLoopbackAddress(), Objects.requireNonNull(web.get(agent)))),
              REQUESTS_PER_SECOND));
    }
    loads
        .values()
        .forEach(load -> Await.until("requests", SOON, () -> load.window().requests() > 50));
    awaitNoneStaged();
  }

  /** Whether there are several controllers. */
  public boolean isCluster() {
    return etcd != null;
  }

  private void startController(String name) {
    List<String> options =
        etcd == null
            ? List.of("--data-dir", fleet.dir().resolve(name).toString())
            : new ArrayList<>(etcd.controllerOptions());
    if (etcd != null) {
      options.addAll(List.of("--election-ttl", TTL.toSeconds() + "s"));
    }
    controllers.put(name, fleet.startController(name, address(name), options));
  }

  private String address(String controller) {
    return "127.0.0.1:" + ports.get(controller);
  }

  private List<String> addresses() {
    return ports.keySet().stream().map(this::address).toList();
  }

  private void declare() {
    StringBuilder yaml =
        new StringBuilder(
            """
            kind: Pool
            name: backend
            endpoints: [{address: "%s"}, {address: "%s"}, {address: "%s"}]
            """
                .formatted(endpoints.toArray()));
    for (String agent : AGENTS) {
      yaml.append(
          """
          ---
          kind: Listener
          name: web-%s
          bind: "127.0.0.1:%d"
          agents: {host: %s}
          routes: [{pool: backend}]
          """
              .formatted(agent, web.get(agent), agent));
    }
    try {
      String file = Files.writeString(fleet.dir().resolve("fleet.yaml"), yaml).toString();
      fleet.ctl(addresses().getFirst(), "apply", "-f", file).orThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Valid, and its one endpoint is where nobody listens. */
  private Resource pointingNowhere() {
    Resource.Builder pool = declared().toBuilder();
    pool.getMetadataBuilder().clearRevision();
    pool.getPoolBuilder()
        .clearStatus()
        .getSpecBuilder()
        .clearEndpoints()
        .addEndpoints(Endpoint.newBuilder().setAddress(NOWHERE));
    return pool.build();
  }

  private Resource withEndpoints(int count) {
    Resource.Builder pool = declared().toBuilder();
    pool.getMetadataBuilder().clearRevision();
    pool.getPoolBuilder().clearStatus().getSpecBuilder().clearEndpoints();
    for (String endpoint : endpoints.subList(0, count)) {
      pool.getPoolBuilder()
          .getSpecBuilder()
          .addEndpoints(Endpoint.newBuilder().setAddress(endpoint));
    }
    return pool.build();
  }

  private Resource declared() {
    return ask(admin -> admin.get("Pool", "backend"));
  }

  /** How many endpoints the pool has, as it is declared. */
  public int endpoints() {
    return declared().getPool().getSpec().getEndpointsCount();
  }

  private interface Question<T> {
    T ask(Admin admin);
  }

  /** Of the first controller that answers. */
  private <T> T ask(Question<T> question) {
    List<T> found = new ArrayList<>();
    Await.until(
        "a controller to answer",
        SOON,
        () -> {
          for (Map.Entry<String, Admin> each : admins.entrySet()) {
            Child child = controllers.get(each.getKey());
            if (found.isEmpty() && child != null && child.alive()) {
              answer(question, each.getValue()).ifPresent(found::add);
            }
          }
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  private static <T> Optional<T> answer(Question<T> question, Admin admin) {
    try {
      return Optional.of(question.ask(admin));
    } catch (StatusRuntimeException away) {
      return Optional.empty();
    }
  }

  private StagedChange rollout(long number) {
    return ask(admin -> admin.rollout(number));
  }

  private static RolloutPlan.Builder plan(Duration bake, double... percents) {
    RolloutPlan.Builder plan = RolloutPlan.newBuilder();
    for (double percent : percents) {
      plan.addSteps(
          RolloutStep.newBuilder()
              .setPercent(percent)
              .setBake(
                  com.google.protobuf.Duration.newBuilder()
                      .setSeconds(bake.toSeconds())
                      .setNanos(bake.toNanosPart())));
    }
    return plan;
  }

  private long apply(Resource resource, RolloutPlan.Builder plan) {
    return ask(admin ->
            admin.apply(
                ApplyRequest.newBuilder()
                    .addResources(resource)
                    .setAuthor("bench")
                    .setRollout(RolloutWish.newBuilder().setPlan(plan))
                    .build()))
        .getRollout();
  }

  private Set<String> staged() {
    Set<String> names = new TreeSet<>();
    ask(Admin::agents)
        .forEach((name, status) -> {
          if (status.getStagedCount() > 0) {
            names.add(name);
          }
        });
    return names;
  }

  private void awaitNoneStaged() {
    Await.until(
        "all agents to run what is declared, and nothing else",
        SOON,
        () -> {
          Map<String, AgentStatus> agents = ask(Admin::agents);
          return AGENTS.stream()
              .allMatch(name -> {
                AgentStatus status = agents.get(name);
                return status != null
                    && status.getState() == AgentStatus.State.STATE_SYNCED
                    && status.getStagedCount() == 0;
              });
        });
  }

  private static boolean isOver(StagedChange change) {
    return switch (change.getState()) {
      case ROLLOUT_STATE_COMMITTED, ROLLOUT_STATE_ROLLED_BACK, ROLLOUT_STATE_ABORTED -> true;
      default -> false;
    };
  }

  /**
   * A pool that points nowhere goes out.
   *
   * @param killing the leading controller, as soon as the first agent runs it
   */
  public Harm harm(Duration bake, boolean killing) {
    say.accept("a pool that points nowhere goes out" + (killing ? ", and the leader dies" : ""));
    Map<String, Window> windows = new LinkedHashMap<>();
    loads.forEach((agent, load) -> windows.put(agent, load.next()));
    long number = apply(pointingNowhere(), plan(bake, 1, 50, 100));
    Set<String> exposed = new TreeSet<>();
    Await.until(
        "an agent to run it",
        SOON,
        () -> {
          exposed.addAll(staged());
          return !exposed.isEmpty() || isOver(rollout(number));
        });
    long began = System.nanoTime();
    String killed = killing ? killLeader() : "";
    Await.until(
        "it to be over",
        SOON,
        () -> {
          exposed.addAll(staged());
          return isOver(rollout(number));
        });
    Await.until("nobody to run it", SOON, () -> staged().isEmpty());
    double seconds = (System.nanoTime() - began) / 1e9;
    if (!killed.isEmpty()) {
      again(killed);
    }
    awaitNoneStaged();
    long inside = 0;
    long outside = 0;
    for (String agent : AGENTS) {
      long failed = Objects.requireNonNull(windows.get(agent)).failed();
      if (exposed.contains(agent)) {
        inside += failed;
      } else {
        outside += failed;
      }
    }
    return new Harm(rollout(number), exposed, seconds, outside, inside);
  }

  /** A harmless change goes out, and the leading controller dies in the middle. */
  public StagedChange killedInTheMiddle(Duration bake) {
    say.accept("a harmless change goes out, and the leader dies");
    long number = apply(withEndpoints(endpoints() == 3 ? 2 : 3), plan(bake, 1, 50, 100));
    Await.until(
        "its second step", SOON, () -> rollout(number).getStep() == 2 || isOver(rollout(number)));
    String killed = killLeader();
    Await.until("it to be over", SOON, () -> isOver(rollout(number)));
    again(killed);
    awaitNoneStaged();
    return rollout(number);
  }

  /** A change that nobody confirms; how long after it was asked for all agents were back, s. */
  public double unconfirmed(Duration within) {
    say.accept("a change goes out that nobody confirms");
    long began = System.nanoTime();
    long number =
        apply(
            withEndpoints(endpoints() == 3 ? 2 : 3),
            plan(Duration.ZERO, 100)
                .setConfirmWithin(
                    com.google.protobuf.Duration.newBuilder().setSeconds(within.toSeconds())));
    Await.until("all agents to run it", within, () -> staged().size() == AGENTS.size());
    Await.until(
        "it to be over",
        SOON,
        () -> rollout(number).getState() == RolloutState.ROLLOUT_STATE_ROLLED_BACK);
    awaitNoneStaged();
    return (System.nanoTime() - began) / 1e9;
  }

  private String killLeader() {
    String leader =
        etcd == null
            ? "c0"
            : ask(Admin::cluster).getControllersList().stream()
                .filter(ControllerStatus::getLeading)
                .map(ControllerStatus::getAddress)
                .flatMap(at -> ports.keySet().stream().filter(name -> address(name).equals(at)))
                .findFirst()
                .orElseThrow();
    say.accept("killing " + leader);
    Child child = Objects.requireNonNull(controllers.get(leader));
    child.kill();
    child.awaitExit(SOON);
    if (etcd == null) {
      again(leader);
      return "";
    }
    return leader;
  }

  private void again(String controller) {
    if (!controller.isEmpty()) {
      startController(controller);
      Fleet.awaitController(Objects.requireNonNull(controllers.get(controller)));
    }
  }

  /** What the processes said on standard error that they should not have had to say. */
  public List<String> complaints() {
    return fleet.children().stream()
        .flatMap(child ->
            child
                .err()
                .lines()
                .filter(line -> line.contains(" ERROR ") || line.contains("Exception"))
                .map(line -> child.name() + ": " + line))
        .toList();
  }

  @Override
  public void close() {
    loads.values().forEach(Load::close);
    admins.values().forEach(Admin::close);
    fleet.close();
    if (etcd != null) {
      etcd.close();
    }
  }
}
