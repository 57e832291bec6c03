package io.weir.e2e.bench;

import io.weir.e2e.delivery.LightFleet;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Ports;
import io.weir.e2e.live.Programs;
import io.weir.e2e.load.Load;
import io.weir.v1.Endpoint;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench storm}. */
@Command(
    name = "storm",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "The controller is killed under thousands of agents, and started again: how long until all"
            + " are current, what they are sent, and whether an agent's traffic notices.")
final class StormBench implements Callable<Integer> {
  private static final int REQUESTS_PER_SECOND = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Mixin private final CommonOptions options = new CommonOptions();

  @Option(
      names = "--agents",
      paramLabel = "N",
      description = "How many (default: 5000; with --quick 1000).")
  private int agents;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "How often the controller is killed (default: 5; with --quick 2).")
  private int rounds;

  /** What came of one round. */
  private record Storm(double seconds, long snapshots, long deltas, long hellos) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Integer> cpus = Cpus.here().allowed();
    if (cpus.size() < 2) {
      throw options.wrong("this benchmark needs two cores: one for the controller, one for agents");
    }
    DeliveryBench.pin(cpus.get(1));
    int count = agents > 0 ? agents : options.quick ? 1_000 : 5_000;
    int times = rounds > 0 ? rounds : options.quick ? 2 : 5;
    Path folder = Files.createTempDirectory("weir-storm-");
    List<Storm> storms = new ArrayList<>();
    long requests;
    long failed;
    try (DeliverySite site = new DeliverySite(cpus.getFirst(), folder, Ports.free());
        Fleet real = Fleet.create(Programs.locate())) {
      String origin = Fleet.awaitOrigin(real.startOrigin("origin", Ports.free()));
      int port = Ports.free();
      site.apply(config(origin, port));
      Fleet.awaitReady(real.agent("real", "127.0.0.1:" + site.port(), "--cluster", "bench"));
      LightFleet fleet = site.agents("agent-", count);
      site.settled(1);
      try (Load load =
          new Load(
              List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
              REQUESTS_PER_SECOND)) {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2));
        for (int i = 0; i < times; i++) {
          storms.add(storm(site, fleet, count));
          LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2));
        }
        load.close();
        requests = load.requests();
        failed = load.failed();
      }
      if (fleet.faults() > 0) {
        throw new IllegalStateException("the controller broke its contract: " + fleet.fault());
      }
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
    return report(count, storms, requests, failed);
  }

  /** From the kill until every agent is connected and runs what it should. */
  private static Storm storm(DeliverySite site, LightFleet fleet, int count) {
    long snapshots = fleet.snapshots();
    long deltas = fleet.deltas();
    long hellos = fleet.hellos();
    long killed = System.nanoTime();
    site.crash();
    long served = System.nanoTime();
    Await.until(
        "all agents to be back",
        PATIENCE,
        () -> fleet.hellos() > hellos && fleet.welcomed() == count);
    double seconds = (site.settled(1) - killed) / 1e9;
    System.err.printf(Locale.ROOT, "controller serves after %.2f s%n", (served - killed) / 1e9);
    return new Storm(
        seconds, fleet.snapshots() - snapshots, fleet.deltas() - deltas, fleet.hellos() - hellos);
  }

  private static List<Resource> config(String origin, int port) {
    return List.of(
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("origins"))
            .setPool(
                Pool.newBuilder()
                    .setSpec(
                        PoolSpec.newBuilder()
                            .addEndpoints(Endpoint.newBuilder().setAddress(origin))))
            .build(),
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("web"))
            .setListener(
                Listener.newBuilder()
                    .setSpec(
                        ListenerSpec.newBuilder()
                            .setBind("127.0.0.1:" + port)
                            .addRoutes(RouteRule.newBuilder().setPool("origins"))))
            .build());
  }

  private int report(int count, List<Storm> storms, long requests, long failed) throws IOException {
    Table table =
        new Table("round", "s until all are current", "snapshots", "deltas", "connections made");
    for (int i = 0; i < storms.size(); i++) {
      Storm storm = storms.get(i);
      table.row(
          List.of(
              Integer.toString(i + 1),
              String.format(Locale.ROOT, "%.2f", storm.seconds()),
              Long.toString(storm.snapshots()),
              Long.toString(storm.deltas()),
              "%,d".formatted(storm.hellos())));
    }
    String text =
        """

        The controller is killed with SIGKILL under %,d agents, and started again at once:

        %s
        An agent under %d requests a second beside them: %,d requests, %d failed.
        """
            .formatted(count, table, REQUESTS_PER_SECOND, requests, failed);
    options.out().println(text);
    options.out().flush();
    FigureList figures = new FigureList(options.command());
    figures.add("storm.seconds_to_current", "s", storms.stream().map(Storm::seconds).toList());
    figures.add(
        "storm.snapshots",
        "count",
        storms.stream().map(storm -> (double) storm.snapshots()).toList());
    figures.add("storm.failed_requests", "count", List.of((double) failed));
    var report = new BalanceReport("storm", options.command());
    var page = options.page(Programs.locate(), DeliveryBench.PAGE);
    if (page.isPresent()) {
      report.page(page.get(), List.of(), text);
    }
    return report.json(options.json(), figures.all());
  }
}
