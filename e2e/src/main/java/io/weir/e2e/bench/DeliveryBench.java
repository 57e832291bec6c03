package io.weir.e2e.bench;

import io.weir.e2e.delivery.Asked;
import io.weir.e2e.delivery.Floor;
import io.weir.e2e.delivery.FloorPeers;
import io.weir.e2e.delivery.LightFleet;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench delivery}. */
@Command(
    name = "delivery",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "How soon thousands of agents run what is declared, what a controller on one core needs for"
            + " it, and how little it sends.")
final class DeliveryBench implements Callable<Integer> {
  static final String PAGE = "control-plane.md";

  private static final int ENDPOINTS = 100;

  /** Around a message: a frame's and a message's head. */
  private static final int FRAMING = 14;

  /** Pools written at a time, and how often. */
  private static final int TOGETHER = 100;

  /**
   * Rounds of warming up with updates at most, and how much less of the time one has to take for
   * another.
   */
  private static final int WARM_UPS = 12;

  private static final double FASTER = 0.97;

  private static final int PER_SECOND = 100;

  /**
   * Messages that a JVM has compiled after what they run through, and rounds at most, before any
   * counts.
   */
  private static final int WARM = 1_000_000;

  private static final int WARM_ROUNDS = 1_000;

  /** Bytes of an ack, framed. */
  private static final int ACK = 64;

  @Mixin private final CommonOptions options = new CommonOptions();

  @Option(
      names = "--streams",
      paramLabel = "N",
      split = ",",
      description = "How many agents (default: 1000,10000; with --quick 1000).")
  private List<Integer> streams = List.of();

  @Option(
      names = "--parts",
      paramLabel = "PART",
      split = ",",
      defaultValue = "latency,updates,memory,delta",
      description = "What to measure (default: ${DEFAULT-VALUE}).")
  private List<String> parts = List.of();

  private final DeliveryResults results = new DeliveryResults();

  /** What one round took, ns, sorted. */
  record Rounds(List<Long> nanos) {
    Rounds {
      nanos = nanos.stream().sorted().toList();
    }

    double millis(double quantile) {
      return nanos.get((int) Math.min(nanos.size() - 1L, Math.round(quantile * (nanos.size() - 1))))
          / 1e6;
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Integer> cpus = Cpus.here().allowed();
    if (cpus.size() < 2) {
      throw options.wrong("this benchmark needs two cores: one for the controller, one for agents");
    }
    int core = cpus.getFirst();
    pin(cpus.get(1));
    List<Integer> counts =
        !streams.isEmpty() ? streams : options.quick ? List.of(1_000) : List.of(1_000, 10_000);
    if (parts.contains("latency")) {
      for (int count : counts) {
        latency(core, count, options.quick ? 60 : 200);
      }
    }
    if (parts.contains("updates")) {
      flood(core, options.quick ? 3 : 10);
    }
    if (parts.contains("memory")) {
      memory(core, options.quick ? 2_000 : 5_000);
    }
    if (parts.contains("delta")) {
      ratio(core);
    }
    options.out().println();
    options.out().println(results);
    options.out().flush();
    var report = new BalanceReport("delivery", options.command());
    var page = options.page(Programs.locate(), PAGE);
    if (page.isPresent()) {
      report.page(page.get(), List.of(), results.toString());
    }
    return report.json(options.json(), results.figures(options.command()));
  }

  private void say(String what) {
    options.out().println(what);
    options.out().flush();
  }

  /** This process and all of its threads. */
  static void pin(int core) throws IOException, InterruptedException {
    new ProcessBuilder(
            "taskset", "-apc", Integer.toString(core), Long.toString(ProcessHandle.current().pid()))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private interface Work {
    void with(DeliverySite site) throws IOException;
  }

  private static void site(int core, Work work) throws IOException {
    // In memory where that can be had: it is not the disk that is measured.
    Path memory = Path.of("/dev/shm");
    Path folder =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "weir-delivery-")
            : Files.createTempDirectory("weir-delivery-");
    try (DeliverySite site = new DeliverySite(core, folder, 0)) {
      work.with(site);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** What a change took, and what it was. */
  private record Told(Rounds rounds, int bytes, double perChange, double micros) {}

  private void latency(int core, int count, int rounds) throws IOException {
    int warm = options.quick ? 100 : Math.min(WARM_ROUNDS, Math.max(40, WARM / count));
    List<Told> told = new ArrayList<>();
    site(core, site -> told.add(tell(site, count, warm, rounds)));
    Told measured = told.getFirst();
    Rounds floor = floor(core, count, measured.bytes(), ACK, warm, rounds);
    results.latency(
        count,
        measured.rounds(),
        floor,
        measured.bytes(),
        measured.perChange() / DeliverySite.ZONES.size(),
        measured.micros());
    say(
        ("%,d agents: apply to all acked p50 %.1f ms, p99 %.1f ms; floor p50 %.1f ms, p99 %.1f ms;"
                + " %d bytes a message; %.2f messages made a change; %.0f us of CPU for an agent")
            .formatted(
                count,
                measured.rounds().millis(0.5),
                measured.rounds().millis(0.99),
                floor.millis(0.5),
                floor.millis(0.99),
                measured.bytes(),
                measured.perChange(),
                measured.micros()));
  }

  private static Told tell(DeliverySite site, int count, int warm, int rounds) {
    site.apply(
        List.of(
            DeliverySite.pool("backend", ENDPOINTS, 1), DeliverySite.listener(List.of("backend"))));
    LightFleet fleet = site.agents("agent-", count);
    site.settled(site.apply(List.of(DeliverySite.pool("backend", ENDPOINTS, 2))));
    List<Long> nanos = new ArrayList<>();
    long bytes = 0;
    List<Long> made = List.of(0L, 0L, 0L);
    ProcessTree process = new ProcessTree(site.controller().pid());
    CpuTime used = CpuTime.NONE;
    for (int round = 0; round < warm + rounds; round++) {
      if (round == warm) {
        bytes = fleet.bytes();
        made = site.serializations();
        used = process.cpu();
      }
      // Longer than changes are gathered for.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
      long start = System.nanoTime();
      long revision = site.apply(List.of(DeliverySite.pool("backend", ENDPOINTS, 3 + round)));
      long took = site.settled(revision) - start;
      if (round >= warm) {
        nanos.add(took);
      }
    }
    double micros = process.cpu().minus(used).total() / (double) rounds / count;
    List<Long> after = site.serializations();
    check(fleet);
    return new Told(
        new Rounds(nanos),
        (int) ((fleet.bytes() - bytes) / rounds / count) + FRAMING,
        (after.get(1) - made.get(1)) / (double) rounds,
        micros);
  }

  private static void check(LightFleet fleet) {
    if (fleet.faults() > 0) {
      throw new IllegalStateException("the controller broke its contract: " + fleet.fault());
    }
  }

  private static Rounds floor(int core, int count, int message, int answer, int warm, int rounds)
      throws IOException {
    Path log = Files.createTempFile("weir-floor-", ".log");
    try (Asked floor =
        new Asked(
            core,
            List.of("-Xms32m"),
            Floor.class,
            Stream.of(count, message, answer, warm + rounds).map(String::valueOf).toList(),
            log)) {
      int port = Integer.parseInt(floor.answer("ready").getFirst());
      try (FloorPeers _ =
          new FloorPeers(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
              count,
              message,
              answer)) {
        List<Long> nanos = new ArrayList<>();
        for (int round = 0; round < warm + rounds; round++) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
          floor.ask("go");
          long took = Long.parseLong(floor.answer("round").getFirst());
          if (round >= warm) {
            nanos.add(took);
          }
        }
        return new Rounds(nanos);
      }
    } finally {
      Files.deleteIfExists(log);
    }
  }

  /**
   * As many updates a second as it takes, up to 10,000, as many pools as fit in a write at a time.
   */
  private void flood(int core, int seconds) throws IOException {
    site(
        core,
        site -> {
          List<String> names = IntStream.range(0, TOGETHER).mapToObj(i -> "pool-" + i).toList();
          site.apply(names.stream().map(name -> DeliverySite.pool(name, 4, 1)).toList());
          site.apply(List.of(DeliverySite.listener(names)));
          LightFleet fleet = site.agents("agent-", 1_000);
          warmUp(site, names, seconds);
          long deltas = fleet.deltas();
          long start = System.nanoTime();
          long last = flood(site, names, seconds);
          long written = System.nanoTime();
          double late = (site.settled(last) - written) / 1e9;
          check(fleet);
          double rate = (double) seconds * PER_SECOND * TOGETHER / ((written - start) / 1e9);
          double messages = (fleet.deltas() - deltas) / 1_000.0;
          results.flood(rate, late, messages / ((written - start) / 1e9));
          say(
              "%,.0f updates/s: all current %.3f s after the last; %.1f messages/s to each agent"
                  .formatted(rate, late, messages / ((written - start) / 1e9)));
        });
  }

  /** Until it gets no faster: under so many updates there is little time to compile in. */
  private static void warmUp(DeliverySite site, List<String> names, int seconds) {
    long before = Long.MAX_VALUE;
    for (int round = 0; round < WARM_UPS; round++) {
      long start = System.nanoTime();
      site.settled(flood(site, names, seconds));
      long took = System.nanoTime() - start;
      if (took > before * FASTER) {
        return;
      }
      before = took;
    }
  }

  /** The last revision. */
  private static long flood(DeliverySite site, List<String> names, int seconds) {
    long start = System.nanoTime();
    long revision = 0;
    for (int i = 0; i < seconds * PER_SECOND; i++) {
      LockSupport.parkNanos(start + i * 1_000_000_000L / PER_SECOND - System.nanoTime());
      int weight = 2 + i;
      revision =
          site.apply(names.stream().map(name -> DeliverySite.pool(name, 4, weight)).toList());
    }
    return revision;
  }

  private void memory(int core, int most) throws IOException {
    site(
        core,
        site -> {
          site.apply(
              List.of(
                  DeliverySite.pool("backend", ENDPOINTS, 1),
                  DeliverySite.listener(List.of("backend"))));
          site.agents("first-", 1_000);
          site.settled(site.apply(List.of(DeliverySite.pool("backend", ENDPOINTS, 2))));
          LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3));
          List<Long> few = site.memory();
          site.agents("more-", most - 1_000);
          site.settled(site.apply(List.of(DeliverySite.pool("backend", ENDPOINTS, 3))));
          LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3));
          List<Long> many = site.memory();
          double heap = (many.get(0) - few.get(0)) / 1024.0 / (most - 1_000);
          double direct = (many.get(1) - few.get(1)) / 1024.0 / (most - 1_000);
          double resident = (many.get(2) - few.get(2)) / 1024.0 / (most - 1_000);
          results.memory(most, heap, direct, resident);
          say(
              ("memory for an agent: %.1f KB of heap, %.1f KB beside it (%.1f KB resident); heap,"
                      + " beside it and resident of all: %s, then %s")
                  .formatted(heap, direct, resident, few, many));
        });
  }

  private void ratio(int core) throws IOException {
    site(
        core,
        site -> {
          int pools = 25;
          int endpoints = 4_000;
          int count = 20;
          List<String> names = IntStream.range(0, pools).mapToObj(i -> "pool-" + i).toList();
          for (String name : names) {
            site.apply(List.of(DeliverySite.pool(name, endpoints, 1)));
          }
          long revision = site.apply(List.of(DeliverySite.listener(names)));
          LightFleet fleet = site.agents("agent-", count);
          site.settled(revision);
          double whole = (double) fleet.bytes() / count;
          List<Long> before = site.serializations();
          revision = site.apply(List.of(DeliverySite.pool("pool-7", endpoints, 2)));
          site.settled(revision);
          List<Long> after = site.serializations();
          double delta = fleet.bytes() / (double) count - whole;
          check(fleet);
          results.ratio(whole, delta, after.get(0) - before.get(0), after.get(1) - before.get(1));
          say(
              ("%,d endpoints: a snapshot is %,.0f bytes, one endpoint's change %,.0f (1/%,.0f); %d"
                      + " resources and %d messages made for %d agents of %d groups")
                  .formatted(
                      pools * endpoints,
                      whole,
                      delta,
                      whole / delta,
                      after.get(0) - before.get(0),
                      after.get(1) - before.get(1),
                      count,
                      DeliverySite.ZONES.size()));
        });
  }
}
