package io.weir.e2e.sim.fleet;

import io.weir.agent.membership.Message;
import io.weir.agent.model.Endpoint;
import io.weir.controller.health.Settings;
import io.weir.controller.model.Scaled;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.StoreException;
import io.weir.e2e.sim.kernel.Network;
import io.weir.e2e.sim.kernel.VirtualTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * One run: a fleet, what befalls it, and what must hold all along. Everything follows from the
 * seed.
 */
public final class World {
  static final long SECOND = 1_000_000_000L;

  /** Faults begin no earlier, and are all over at the end of their time. */
  static final long FAULTS_FROM = 10 * SECOND;

  static final long FAULTS_TO = 70 * SECOND;
  private static final long END = 100 * SECOND;

  private static final Network.Quality GOOD = new Network.Quality(100_000, 400_000, 0.001, 0.001);

  final VirtualTime time = new VirtualTime();
  final Network network;
  final SimStore store;
  final Origins origins;
  final SimDns dns;
  final ScaledPool scaled;
  final Invariants invariants;
  final Mutation mutation;
  final Random random;
  final Cluster cluster;
  final Settings settings;
  private final Declared declared;
  private final Writers writers;
  private final Map<String, Disk> disks = new LinkedHashMap<>();
  private final Map<String, SimAgent> agents = new LinkedHashMap<>();
  private final List<SimController> controllers = new ArrayList<>();
  private int controllerProcesses;
  private long disturbed;

  /**
   * What came of a run.
   *
   * @param broken the rule that was, with when and how; empty: none
   * @param trace what happened, if asked for
   */
  public record Outcome(
      long seed,
      Optional<String> broken,
      List<String> trace,
      long events,
      long decisions,
      long checks) {}

  private World(Cluster cluster, long seed, Mutation mutation, boolean tracing) {
    this.cluster = cluster;
    this.mutation = mutation;
    this.random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    this.network = new Network(time, split(), GOOD);
    this.invariants = new Invariants(this, tracing);
    this.store = new SimStore(time, split(), this::committed, mutation);
    this.settings = settings(mutation);
    this.dns = new SimDns(this, seed);
    int size = 3 + random.nextInt(4);
    for (int i = 0; i < size; i++) {
      disks.put("a" + i, new Disk());
    }
    this.scaled = new ScaledPool(this, seed);
    this.declared =
        new Declared(
            store,
            split(),
            mutation,
            cluster == Cluster.SEVERAL,
            scaled.isPresent() ? Optional.of(scaled.pool()) : Optional.empty());
    this.origins = new Origins(time, network, declared.addresses());
    this.writers = new Writers(this, new Random(seed));
  }

  private Random split() {
    return new Random(random.nextLong());
  }

  private static Settings settings(Mutation mutation) {
    Settings real = Settings.DEFAULT;
    int voters = mutation == Mutation.ONE_AGENT_DECIDES ? 1 : Integer.MAX_VALUE;
    return new Settings(
        real.observers(),
        Math.min(real.electorate(), voters),
        Math.min(real.quorum(), voters),
        real.window(),
        real.freezeLeast(),
        real.freezeShare(),
        real.flapWindow(),
        // Shorter than what is allowed to pass until everything is settled.
        SECOND / 2,
        3 * SECOND);
  }

  /** One whole run. */
  public static Outcome run(Cluster cluster, long seed, Mutation mutation, boolean tracing) {
    World world = new World(cluster, seed, mutation, tracing);
    try {
      world.live(seed);
    } catch (Broken _) {
      // Kept by the invariants, as is one that was caught on its way.
    }
    return new Outcome(
        seed,
        Optional.ofNullable(world.invariants.first()).map(Throwable::getMessage),
        world.invariants.traced(),
        world.time.count(),
        world.invariants.decisions(),
        world.invariants.checks() + world.writers.checks());
  }

  private void live(long seed) {
    declared.write();
    scaled.start();
    switch (cluster) {
      case ONE -> startController("c0");
      case SEVERAL -> {
        cluster.hosts().forEach(this::startController);
        writers.start();
        dns.start();
      }
    }
    int delay = 0;
    for (String name : disks.keySet()) {
      time.at(delay += 50_000_000, () -> startAgent(name));
    }
    new Faults(this, new Random(seed)).schedule();
    new Operators(this, new Random(~seed)).schedule();
    time.at(FAULTS_TO, this::heal);
    time.at(SECOND, this::look);
    while (invariants.first() == null && time.step(END)) {
      if (cluster == Cluster.SEVERAL) {
        invariants.leading(controllers);
      }
    }
    invariants.ended(whatAgentsRun());
  }

  private List<Entry> whatAgentsRun() {
    return store.entries(Journal.CONFIG).stream()
        .filter(entry -> Scaled.parseStoreKey(entry.key()).isEmpty())
        .filter(entry -> !Set.of(Journal.HEAD, ScaledPool.SPEC).contains(entry.key()))
        .toList();
  }

  private void look() {
    invariants.look();
    invariants.settled(disturbed);
    time.after(SECOND / 2, this::look);
  }

  /** Something changed but the condition of an endpoint. */
  void disturb(String what) {
    disturbed = time.now();
    invariants.look();
    invariants.trace(() -> "*** " + what);
  }

  /** Everything but the endpoints is well from now on. */
  private void heal() {
    disturb("everything but the endpoints is well");
    network.mendAll();
    network.quality(GOOD);
    store.away(false);
    store.unknownOutcomes(0);
    dns.heal();
    invariants.look();
    switch (cluster) {
      case ONE -> leaveOneController();
      case SEVERAL -> cluster.hosts().forEach(this::startController);
    }
    for (String name : disks.keySet()) {
      if (agent(name).isEmpty()) {
        startAgent(name);
      }
    }
  }

  private void leaveOneController() {
    leader()
        .ifPresent(newest ->
            List.copyOf(controllers)
                .forEach(other -> {
                  if (other != newest) {
                    killController(other);
                  }
                }));
    if (leader().filter(controller -> !controller.isPaused()).isEmpty()) {
      List.copyOf(controllers).forEach(this::killController);
      startController("c0");
    }
  }

  Declared declared() {
    return declared;
  }

  void quality(double loss, double duplication) {
    network.quality(new Network.Quality(100_000, 400_000, loss, duplication));
  }

  void goodQuality() {
    network.quality(GOOD);
  }

  private void committed(List<io.weir.controller.store.Store.Write> writes, long term) {
    invariants.committed(writes, term);
    invariants.holds(dns.committed(writes, store.revision()));
    invariants.holds(scaled.committed(writes, store.revision()));
    if (cluster == Cluster.SEVERAL) {
      invariants.kept(writers.lost(writes));
    }
  }

  List<String> names() {
    return List.copyOf(disks.keySet());
  }

  Optional<SimAgent> agent(String name) {
    return Optional.ofNullable(agents.get(name)).filter(agent -> !agent.isDead());
  }

  /** Processes that there are, paused ones included. */
  List<SimAgent> live() {
    return agents.values().stream().filter(agent -> !agent.isDead()).toList();
  }

  void startAgent(String name) {
    if (agent(name).isPresent()) {
      return;
    }
    int number = Integer.parseInt(name, 1, name.length(), 10);
    Disk disk = disks.get(name);
    SimAgent agent =
        new SimAgent(
            this, name, "z" + number % 2, disk == null ? new Disk() : disk, random.nextLong());
    agents.put(name, agent);
    agent.start();
    invariants.started(agent);
  }

  void deliver(String from, String to, Message message) {
    network.send(
        from,
        to,
        () -> agent(to).ifPresent(agent -> agent.thread.execute(() -> agent.heard(from, message))));
  }

  /** Processes that there are, the newest last. */
  List<SimController> controllers() {
    controllers.removeIf(SimProcess::isDead);
    return controllers;
  }

  /** Where there is one at a time, the newest, even if it is paused. */
  Optional<SimController> leader() {
    List<SimController> all = controllers();
    return switch (cluster) {
      case ONE -> all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
      case SEVERAL -> all.stream().filter(SimController::leads).findFirst();
    };
  }

  Optional<SimController> controllerAt(String address) {
    return controllers().stream()
        .filter(controller -> address.equals(controller.host + ":1"))
        .findFirst();
  }

  /** Where several run, one for each host. */
  void startController(String host) {
    if (cluster == Cluster.SEVERAL
        && controllers().stream().anyMatch(each -> each.host.equals(host))) {
      return;
    }
    try {
      SimController started = new SimController(this, host, ++controllerProcesses);
      controllers.add(started);
      disturb(started.name + " starts");
    } catch (StoreException e) {
      time.after(SECOND, () -> startController(host));
    }
  }

  /** What keeps the store from an old term is only seen where its controller goes on. */
  void superseded(SimController controller) {
    if (mutation != Mutation.NO_FENCING) {
      killController(controller);
    }
  }

  void killController(SimController controller) {
    disturb(controller.name + " is killed");
    controller.kill();
    controllers();
  }

  /** One that takes connections, if any. */
  Optional<SimController> controllerFor(SimAgent agent) {
    List<SimController> found =
        controllers().stream()
            .filter(controller ->
                controller.isLoaded()
                    && !controller.isPaused()
                    && !network.isCut(agent.name, controller.host)
                    && !network.isCut(controller.host, agent.name))
            .toList();
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(found.get(random.nextInt(found.size())));
  }

  boolean allReach(String address) {
    return live().stream()
        .allMatch(agent -> agent.hasRunSince(time.now()) && origins.reachable(agent.name, address));
  }

  /**
   * Whether the agent has the means to find out that an endpoint is dead: a working controller that
   * most agents are connected to, or traffic of its own to it.
   */
  boolean mustKnow(SimAgent agent, Endpoint endpoint) {
    Optional<SimController> leader = leader().filter(controller -> !controller.isPaused());
    boolean led =
        !store.isAway()
            && leader.filter(one -> !one.isCutOffFromStore()).isPresent()
            && judge(agent).equals(leader)
            && live().stream().filter(each -> judge(each).equals(leader)).count()
                > disks.size() / 2;
    return led || endpoint.priority() == 0 && agent.controller().isEmpty();
  }

  private static Optional<SimController> judge(SimAgent agent) {
    return agent.controller().flatMap(SimController::judge);
  }
}
