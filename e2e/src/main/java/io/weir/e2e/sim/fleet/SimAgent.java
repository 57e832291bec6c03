package io.weir.e2e.sim.fleet;

import com.google.protobuf.util.Durations;
import io.weir.agent.balance.EndpointState.Judgement;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.control.Compilation;
import io.weir.agent.control.HealthMessages;
import io.weir.agent.control.Replica;
import io.weir.agent.control.SnapshotCompiler;
import io.weir.agent.health.Effective;
import io.weir.agent.health.HealthWatch;
import io.weir.agent.health.Observation;
import io.weir.agent.health.Target;
import io.weir.agent.membership.Message;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import io.weir.agent.report.ObservationMessages;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.HealthReport;
import io.weir.v1.Hello;
import io.weir.v1.Nack;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.Snapshot;
import io.weir.v1.Violation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One agent process: what it holds and applies, what it probes, what its peers and its controller
 * tell it, and the traffic that it carries, by the agent's own classes.
 */
final class SimAgent extends SimProcess {
  private static final long COALESCE = 5_000_000L;
  private static final long REPORT = 1_000_000_000L;
  private static final long RETRY = 700_000_000L;
  private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

  final String zone;
  private final World world;
  private final Disk disk;
  private final Random random;
  private final SnapshotCompiler compiler = new SnapshotCompiler("sim");
  private final EndpointStates states = new EndpointStates();
  private final HealthWatch watch;
  private final Probing probing;
  private final Traffic traffic;
  private final LongRequests requests;
  private final Peers peers;
  private final Map<Target, Observation> news = new LinkedHashMap<>();
  private final Map<Target, Health> said = new HashMap<>();
  private Replica held = Replica.empty();
  private Map<String, Pool> pools = Map.of();
  private @Nullable Stream stream;
  private boolean welcomed;
  private boolean telling;

  SimAgent(World world, String name, String zone, Disk disk, long seed) {
    super(name, world.time);
    this.world = world;
    this.zone = zone;
    this.disk = disk;
    this.random = new Random(seed);
    disk.processes++;
    watch = new HealthWatch(new Random(random.nextLong()), 1_000);
    probing =
        new Probing(
            time,
            thread,
            watch,
            (target, _) -> world.origins.probe(name, target.endpoint()),
            this::told);
    traffic = new Traffic(this, world, states, new Random(random.nextLong()), this::doubt);
    requests = new LongRequests(this, world, states, new Random(~seed), this::doubt);
    peers = new Peers(this, world, watch, probing, disk.processes, random.nextLong());
  }

  void start() {
    Snapshot saved = disk.lastGood;
    if (saved != null) {
      Replica replica = Replica.of(saved);
      if (compiler.compile(saved) instanceof Compilation.Compiled compiled) {
        run(replica, compiled.snapshot());
      }
    }
    peers.start();
    traffic.start();
    requests.start();
    every(REPORT, this::report);
    connect();
  }

  /** Of the configuration that it runs; 0: none. */
  long revision() {
    return held.revision();
  }

  Replica held() {
    return held;
  }

  LongRequests requests() {
    return requests;
  }

  /** When it last held another agent dead, ns; below 0: never. */
  long heldDead(String other) {
    return peers.heldDead(other);
  }

  Map<String, String> labels() {
    return Map.of("zone", zone);
  }

  boolean isConnected() {
    return welcomed && stream != null && !stream.isOver();
  }

  /** It leaves its controller, and may come to another one. */
  void move() {
    Stream from = stream;
    if (from != null) {
      from.end();
    }
  }

  /** The process of the controller that it listens to. */
  Optional<SimController> controller() {
    Stream on = stream;
    return isConnected() && on != null ? Optional.of(on.controller()) : Optional.empty();
  }

  Collection<Pool> pools() {
    return pools.values();
  }

  Health health(Target target) {
    return watch.effective(target).map(Effective::health).orElse(Health.UNKNOWN);
  }

  String why(Target target) {
    return watch.effective(target).map(Effective::toString).orElse("not known")
        + " "
        + watch.observation(target).map(Observation::toString).orElse("");
  }

  private void connect() {
    Optional<SimController> found = stream == null ? world.controllerFor(this) : Optional.empty();
    if (found.isPresent()) {
      Stream opened = new Stream(time, world.network, this, found.get());
      stream = opened;
      Hello.Builder hello =
          Hello.newBuilder()
              .setCluster("sim")
              .setAgent(name)
              .putLabels("zone", zone)
              .setVersion("sim")
              .setInstance(name + "/" + disk.processes)
              .setEpoch(held.epoch())
              .setRevision(known().revision())
              .setScope(held.scope())
              .setGossip(name + ":7402");
      time.after(
          world.network.delay(), () -> found.get().hello(opened, hello.build(), name + ":1"));
    } else {
      later(RETRY + random.nextLong(RETRY), this::connect);
    }
  }

  /** What it goes by when it is offered something. */
  private Replica known() {
    return world.mutation == Mutation.ANY_REVISION ? Replica.empty() : held;
  }

  private void later(long delay, Runnable task) {
    var _ = thread.schedule(task, delay, TimeUnit.NANOSECONDS);
  }

  void heard(String from, Message message) {
    peers.receive(from, message);
  }

  void disconnected(Stream from) {
    thread.execute(() -> {
      if (stream == from) {
        stream = null;
        if (welcomed) {
          welcomed = false;
          watch.disconnected();
          probing.settle();
        }
        later(RETRY + random.nextLong(RETRY), this::connect);
      }
    });
  }

  void receive(Stream from, ControllerMessage message) {
    thread.execute(() -> {
      if (stream == from) {
        take(from, message);
      }
    });
  }

  private void take(Stream from, ControllerMessage message) {
    switch (message.getMessageCase()) {
      case WELCOME -> {
        welcomed = true;
        var welcome = message.getWelcome();
        watch.connected(welcome.getEpoch(), welcome.getTerm());
        reportAll();
        peers.report();
      }
      case SNAPSHOT -> {
        var m = message.getSnapshot();
        offered(from, m.getTerm(), m.getRevision(), known().offer(m));
      }
      case DELTA -> {
        var m = message.getDelta();
        offered(from, m.getTerm(), m.getRevision(), held.offer(m));
      }
      case ASSIGNMENT ->
          watch.assign(
              HealthMessages.assignment(message.getAssignment()), wallMillis(), time.now());
      case VERDICTS -> {
        if (world.mutation != Mutation.DEAF_TO_VERDICTS) {
          watch.conclude(HealthMessages.conclusions(message.getVerdicts()));
        }
      }
      case VERIFY -> watch.verify(HealthMessages.targets(message.getVerify()), time.now());
      case GOSSIP -> peers.told(message.getGossip());
      case MESSAGE_NOT_SET -> {}
    }
    probing.settle();
  }

  private void offered(Stream to, long term, long revision, Replica.Outcome outcome) {
    switch (outcome) {
      case Replica.Outcome.Candidate candidate -> {
        Snapshot message = candidate.next().toSnapshot();
        switch (compiler.compile(message)) {
          case Compilation.Compiled compiled -> {
            if (world.mutation != Mutation.NOTHING_SAVED) {
              disk.lastGood = message;
            }
            run(candidate.next(), compiled.snapshot());
            to.send(
                AgentMessage.newBuilder()
                    .setAck(
                        Ack.newBuilder()
                            .setEpoch(candidate.next().epoch())
                            .setTerm(term)
                            .setRevision(revision))
                    .build());
            world.invariants.acked(this, revision);
          }
          case Compilation.Refused refused ->
              nack(to, term, revision, "Pool", "spec", refused.refusals().toString());
        }
      }
      case Replica.Outcome.Stale stale -> nack(to, term, revision, "", stale.field(), "stale");
      case Replica.Outcome.Gap _ -> nack(to, term, revision, "", "", "gap");
    }
  }

  private static void nack(
      Stream to, long term, long revision, String kind, String field, String reason) {
    to.send(
        AgentMessage.newBuilder()
            .setNack(
                Nack.newBuilder()
                    .setEpoch("sim")
                    .setTerm(term)
                    .setRevision(revision)
                    .addViolations(
                        Violation.newBuilder()
                            .setResource(ResourceRef.newBuilder().setKind(kind))
                            .setField(field)
                            .setReason(reason)))
            .build());
  }

  private void run(Replica next, io.weir.agent.model.Snapshot snapshot) {
    world.invariants.applied(this, held, next);
    held = next;
    Map<String, Pool> all = new HashMap<>();
    for (Resource resource : next.resources().values()) {
      if (resource.hasPool()) {
        String pool = resource.getMetadata().getName();
        Pool model = snapshot.pools().get(pool);
        if (model != null && !pool.equals(SimDns.POOL)) {
          all.put(pool, model);
        }
      }
    }
    pools = all;
    watch.declare(pools.values(), wallMillis(), time.now());
    for (Observation each : watch.observations()) {
      watch.effective(each.target()).ifPresent(this::write);
    }
    probing.settle();
    traffic.follow(pools.values().stream().filter(pool -> Declared.isWhole(pool.name())).toList());
    requests.follow(pools.get(ScaledPool.POOL));
  }

  private long wallMillis() {
    return EPOCH.toEpochMilli() + time.now() / 1_000_000;
  }

  private void doubt(Target target) {
    watch.doubt(target, time.now());
    probing.settle();
  }

  private void told(HealthWatch.Outcome outcome) {
    outcome.changed().forEach(this::write);
    for (Observation observation : outcome.news()) {
      news.put(observation.target(), observation);
      if (said.put(observation.target(), observation.health()) != observation.health()) {
        peers.observe(observation);
      }
    }
    if (!telling && !news.isEmpty()) {
      telling = true;
      later(COALESCE, this::reportNews);
    }
  }

  private void write(Effective now) {
    states
        .of(new EndpointStates.Key(now.target().pool(), now.target().endpoint()))
        .judged(new Judgement(now.health(), now.reason(), now.belowFloor()));
    world.invariants.trace(() -> name + " holds " + now);
  }

  private void reportNews() {
    telling = false;
    if (isConnected()) {
      send(List.copyOf(news.values()), false);
    }
    news.clear();
  }

  private void report() {
    if (isConnected()) {
      reportAll();
      peers.report();
      if (world.scaled.isPresent()) {
        send(AgentMessage.newBuilder().setLoad(requests.load()).build());
      }
    }
  }

  private void reportAll() {
    send(watch.observations(), true);
  }

  private void send(List<Observation> observations, boolean complete) {
    HealthReport.Builder report =
        HealthReport.newBuilder().setComplete(complete).setSent(Durations.fromNanos(time.now()));
    Instant wall = EPOCH.plusNanos(time.now());
    List<io.weir.v1.Observation> messages = new ArrayList<>();
    observations.forEach(each -> messages.add(ObservationMessages.of(each, time.now(), wall)));
    send(AgentMessage.newBuilder().setHealth(report.addAllObservations(messages)).build());
  }

  void send(AgentMessage message) {
    Stream to = stream;
    if (to != null && welcomed) {
      to.send(message);
    }
  }

  @Override
  void kill() {
    super.kill();
    probing.stop();
    Stream from = stream;
    if (from != null) {
      from.end();
    }
  }
}
