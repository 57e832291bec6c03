package io.weir.e2e.bench;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.weir.e2e.delivery.Asked;
import io.weir.e2e.delivery.LightFleet;
import io.weir.e2e.delivery.Probe;
import io.weir.e2e.live.Await;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.ApplyRequest;
import io.weir.v1.Endpoint;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A controller process on one core, who writes to it, and the agents, which are on another core.
 */
final class DeliverySite implements AutoCloseable {
  static final List<String> ZONES = List.of("a", "b", "c", "d");

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** As {@code weir controller} starts it. */
  private static final List<String> JVM =
      List.of(
          "-XX:+ExitOnOutOfMemoryError", "-XX:MaxRAMPercentage=25", "-Xms128m", "-XX:NewSize=64m");

  private final int core;
  private final Path folder;
  private final int port;
  private final List<LightFleet> fleets = new ArrayList<>();
  private Asked controller;
  private ManagedChannel channel;
  private String epoch = "";
  private int starts;

  /**
   * @param folder of its own, for data and logs
   * @param port 0: any
   */
  DeliverySite(int core, Path folder, int port) {
    this.core = core;
    this.folder = folder;
    controller = start(port);
    List<String> ready = controller.answer("ready");
    this.port = Integer.parseInt(ready.getFirst());
    epoch = ready.getLast();
    channel = channel();
  }

  private Asked start(int on) {
    List<String> jvm = new ArrayList<>(JVM);
    String more = System.getenv("WEIR_JAVA_OPTS");
    if (more != null && !more.isBlank()) {
      jvm.addAll(List.of(more.strip().split(" +")));
    }
    return new Asked(
        core,
        jvm,
        Probe.class,
        List.of(Integer.toString(on), folder.resolve("data").toString()),
        folder.resolve("controller-%d.log".formatted(starts++)));
  }

  private ManagedChannel channel() {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .maxInboundMessageSize(64 << 20)
        .build();
  }

  Asked controller() {
    return controller;
  }

  int port() {
    return port;
  }

  String epoch() {
    return epoch;
  }

  /** {@code kill -9}, and start it again on the same data and port. */
  void crash() {
    controller.kill();
    channel.shutdownNow();
    controller = start(port);
    channel = channel();
    controller.answer("ready");
  }

  /** Connects that many more agents, and waits until they run what they should. */
  LightFleet agents(String prefix, int count) {
    LightFleet fleet =
        new LightFleet(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            "bench",
            prefix,
            count,
            ZONES,
            count);
    fleets.add(fleet);
    Await.until(count + " agents to connect", PATIENCE, () -> fleet.welcomed() == count);
    return fleet;
  }

  /** The revision. */
  long apply(Collection<Resource> resources) {
    return AdminServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .apply(ApplyRequest.newBuilder().addAllResources(resources).build())
        .getRevision();
  }

  /**
   * When every agent ran what it should as of the revision, by the machine's monotonic clock, ns.
   */
  long settled(long revision) {
    controller.ask("settled " + revision);
    while (true) {
      List<String> answer = controller.answer("settled");
      if (Long.parseLong(answer.getFirst()) == revision) {
        return Long.parseLong(answer.getLast());
      }
    }
  }

  /** Heap, direct and resident, bytes, after a full collection. */
  List<Long> memory() {
    controller.ask("memory");
    return controller.answer("memory").stream().map(Long::parseLong).toList();
  }

  /** Of resources and of messages, and messages sent. */
  List<Long> serializations() {
    controller.ask("counters");
    return controller.answer("counters").stream().map(Long::parseLong).toList();
  }

  /** A listener on which all agents serve all of these pools. */
  static Resource listener(List<String> pools) {
    ListenerSpec.Builder spec = ListenerSpec.newBuilder().setBind("127.0.0.1:8080");
    for (String pool : pools) {
      spec.addRoutes(RouteRule.newBuilder().setPathPrefix("/" + pool).setPool(pool));
    }
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName("web"))
        .setListener(Listener.newBuilder().setSpec(spec))
        .build();
  }

  /**
   * @param weight of the first endpoint; the others have 1
   */
  static Resource pool(String name, int endpoints, int weight) {
    PoolSpec.Builder spec = PoolSpec.newBuilder();
    int number = name.hashCode() & 0xFF;
    for (int i = 0; i < endpoints; i++) {
      spec.addEndpoints(
          Endpoint.newBuilder()
              .setAddress("10.%d.%d.%d:8080".formatted(number, i >> 8, i & 0xFF))
              .setWeight(i == 0 ? weight : 1));
    }
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName(name))
        .setPool(Pool.newBuilder().setSpec(spec))
        .build();
  }

  @Override
  public void close() {
    fleets.forEach(LightFleet::close);
    channel.shutdownNow();
    controller.close();
  }
}
