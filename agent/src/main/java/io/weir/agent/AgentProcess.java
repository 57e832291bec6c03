package io.weir.agent;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.weir.agent.accesslog.AccessLog;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.Explanation;
import io.weir.agent.control.ControlStream;
import io.weir.agent.control.HostPort;
import io.weir.agent.control.Identity;
import io.weir.agent.control.LastGood;
import io.weir.agent.control.PeerSnapshots;
import io.weir.agent.control.ProbeAbility;
import io.weir.agent.control.RunningConfig;
import io.weir.agent.control.SnapshotCompiler;
import io.weir.agent.control.Uplink;
import io.weir.agent.control.Welcomed;
import io.weir.agent.exposition.AgentFacts;
import io.weir.agent.exposition.MetricsServer;
import io.weir.agent.gossip.GossipCounts;
import io.weir.agent.gossip.GossipService;
import io.weir.agent.gossip.GossipSocket;
import io.weir.agent.health.Observation;
import io.weir.agent.health.TrafficDoubts;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Snapshot;
import io.weir.agent.probe.Prober;
import io.weir.agent.proxy.DataPlane;
import io.weir.agent.proxy.WarmUp;
import io.weir.agent.report.HealthInbox;
import io.weir.agent.report.Reporter;
import io.weir.agent.security.LiveCredentials;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Gossip;
import io.weir.v1.JoinToken;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One agent, put together. */
final class AgentProcess {
  private static final Logger log = LoggerFactory.getLogger(AgentProcess.class);

  private final AgentConfig config;
  private final PrintStream out;
  private final Consumer<String> fatal;
  private final LastGood lastGood;
  private final ScheduledExecutorService control;
  private final Vertx vertx;
  private final Prober prober;
  private final HealthInbox inbox;
  private final Reporter reporter;
  private final @Nullable GossipService gossip;
  private final @Nullable LiveCredentials credentials;
  private final RunningConfig running;
  private final PeerSnapshots peers;
  private final ControlStream stream;
  private final DataPlane plane;
  private final Told told;
  private final MetricsServer metrics;
  private boolean announced;

  /** Makes the data plane of this process. */
  interface Planes {
    DataPlane make(Vertx vertx, EndpointStates states, TrafficDoubts doubts);
  }

  /**
   * Does not start anything.
   *
   * @param gossipSocket closed with the process; null: it takes no part in the ring of agents
   * @param credentials who to be to controllers, closed with the process; null: plaintext
   * @param accessLog stays open: it is the caller's to close
   * @param out for the ready line
   * @param fatal told in one sentence when there is no point in going on; on the control thread
   */
  AgentProcess(
      AgentConfig config,
      String version,
      LastGood lastGood,
      @Nullable GossipSocket gossipSocket,
      @Nullable LiveCredentials credentials,
      AccessLog accessLog,
      Planes planes,
      PrintStream out,
      Consumer<String> fatal) {
    this.config = config;
    this.out = out;
    this.fatal = fatal;
    this.lastGood = lastGood;
    this.credentials = credentials;
    this.control = controlThread();
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(config.eventLoops()));
    EndpointStates states = new EndpointStates();
    RandomGenerator.SplittableGenerator random =
        RandomGenerator.SplittableGenerator.of("L64X128MixRandom");
    this.prober = new Prober(vertx, states, random.split(), InstantSource.system(), this::onNews);
    this.inbox = new HealthInbox(prober, InstantSource.system());
    this.plane = planes.make(vertx, states, inbox);
    this.told = new Told(version, accessLog);
    this.metrics = new MetricsServer(vertx, told, credentials, config.metricsTls());
    this.reporter = new Reporter(control, prober::observations, states, InstantSource.system());
    reporter.traffic(plane::metrics);
    this.gossip =
        gossipSocket == null
            ? null
            : new GossipService(
                config.cluster(),
                config.name(),
                gossipSocket,
                config.dataDir(),
                states,
                random.split(),
                InstantSource.system(),
                new RingEvents(prober, reporter, this::onOffer));
    if (gossip != null) {
      reporter.membership(gossip::report);
    }
    this.running =
        new RunningConfig(
            new SnapshotCompiler(version, new ProbeAbility(config.execProbes(), Prober.noIcmp())),
            plane,
            lastGood,
            control,
            this::onSwap);
    this.peers = new PeerSnapshots(config.labels(), running, control, new Others());
    this.stream =
        new ControlStream(
            config.controllers(),
            Optional.ofNullable(credentials).map(LiveCredentials::client),
            new Identity(
                config.cluster(),
                config.name(),
                config.labels(),
                version,
                UUID.randomUUID().toString(),
                gossip == null ? "" : gossip.address()),
            running,
            control,
            random.split(),
            new StreamEvents());
  }

  /**
   * Warms up, serves what was last good, if anything, and then turns to the controller. Does not
   * block.
   *
   * @return completes when the process is warm; does not fail
   */
  CompletableFuture<Void> start() {
    config.metrics().ifPresent(this::listen);
    return future(
        warm()
            .onSuccess(requests -> {
              log.atDebug().addKeyValue("requests", requests).log("warmed up");
              serve();
            })
            .mapEmpty());
  }

  /** Warms up and no more, so that a start-up cache made of it holds the same each time. */
  CompletableFuture<Void> train() {
    return future(warm().mapEmpty());
  }

  private Future<Long> warm() {
    return WarmUp.run(vertx, config.eventLoops(), config.warmUp());
  }

  private void serve() {
    if (told.stopping) {
      return;
    }
    LastGood.Loaded loaded = lastGood.load();
    for (LastGood.Damage damage : loaded.damaged()) {
      log.atError()
          .addKeyValue("file", damage.file())
          .addKeyValue("reason", damage.reason())
          .log("a saved snapshot is damaged; using the one before it");
    }
    if (gossip != null) {
      gossip.start(
          config.join().map(JoinToken::getGossip).orElse(Gossip.getDefaultInstance()),
          running::signed);
    }
    HeapKeeper.start(control);
    control.execute(() -> {
      var _ =
          running
              .restore(loaded.snapshots())
              .whenComplete((_, bug) -> {
                if (bug != null) {
                  log.atError().setCause(bug).log("cannot run the last good snapshot");
                }
                stream.start();
                if (gossip != null) {
                  peers.start();
                }
              });
    });
  }

  private void onOffer(String agent, io.weir.v1.Snapshot snapshot) {
    peers.offered(snapshot, agent);
  }

  private void listen(HostPort address) {
    metrics
        .listen(address.host(), address.port())
        .onSuccess(port ->
            log.atInfo()
                .addKeyValue("address", new HostPort(address.host(), port))
                .log("answering /metrics, /explain, /ready and /live"))
        .onFailure(failure ->
            fatal.accept(
                "cannot listen on %s: %s; choose another with --metrics"
                    .formatted(address, failure.getMessage())));
  }

  /** Stops accepting, drains for at most the drain time, stops everything. Blocks. */
  void stop() {
    log.atInfo().addKeyValue("agent", config.name()).log("stopping");
    told.stopping = true;
    CompletableFuture<Void> farewell = stream.close();
    if (gossip != null) {
      gossip.close();
    }
    CompletableFuture<Void> drained = running.close();
    await("stream", farewell, Duration.ofSeconds(3));
    await("data plane", drained, config.drainTime().plusSeconds(5));
    await("prober", future(prober.close()), Duration.ofSeconds(1));
    await("metrics", future(metrics.close()), Duration.ofSeconds(1));
    await("event loops", future(vertx.close()), Duration.ofSeconds(5));
    control.shutdownNow();
    if (credentials != null) {
      credentials.close();
    }
    lastGood.close();
  }

  private void onNews(List<Observation> news) {
    reporter.changed(news);
    if (gossip != null) {
      news.forEach(o -> gossip.observed(o.pool(), o.endpoint(), o.health()));
    }
  }

  private void onSwap(Snapshot snapshot) {
    told.revision = snapshot.revision();
    prober
        .run(snapshot)
        .onComplete(_ -> {
          control.execute(reporter::swapped);
          if (gossip != null) {
            gossip.observing(RingEvents.byEndpoint(prober.observations()));
          }
        });
    if (!announced) {
      announced = true;
      out.printf(
          "weir agent %s ready at revision %d (%s)%n",
          config.name(), snapshot.revision(), text(snapshot.listeners()));
      out.flush();
    }
  }

  private static String text(List<Listener> listeners) {
    return listeners.isEmpty()
        ? "no listeners"
        : listeners.stream()
            .map(l -> l.name() + " on " + new HostPort(l.host(), l.port()))
            .collect(Collectors.joining(", "));
  }

  private static CompletableFuture<Void> future(Future<Void> future) {
    return future.toCompletionStage().toCompletableFuture();
  }

  private static void await(String what, CompletableFuture<?> stop, Duration limit) {
    try {
      stop.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      log.atWarn().addKeyValue("part", what).log("did not stop in time");
    } catch (ExecutionException e) {
      log.atWarn().addKeyValue("part", what).setCause(e.getCause()).log("did not stop well");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** The event loops run by the time it starts any thread, which would be as low as it is. */
  private static ScheduledExecutorService controlThread() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().name("weir-control").unstarted(Niceness.lowered(task)));
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }

  private final class Told implements MetricsServer.Source {
    private final String version;
    private final AccessLog accessLog;
    private volatile long revision;
    private volatile boolean stopping;

    Told(String version, AccessLog accessLog) {
      this.version = version;
      this.accessLog = accessLog;
    }

    @Override
    public Future<LoopMetrics> metrics() {
      return plane.metrics();
    }

    @Override
    public Future<Explanation> explainNext(String pool) {
      return plane.explainNext(pool);
    }

    @Override
    public AgentFacts facts() {
      return new AgentFacts(
          version,
          revision,
          accessLog.dropped(),
          gossip == null ? GossipCounts.NONE : gossip.counts());
    }

    @Override
    public boolean ready() {
      return running.serving() && !stopping;
    }
  }

  private final class Others implements PeerSnapshots.Peers {
    @Override
    public void fetch() {
      if (gossip != null) {
        gossip.fetch();
      }
    }

    @Override
    public ByteString signer() {
      return gossip == null ? ByteString.EMPTY : gossip.signer();
    }
  }

  private final class StreamEvents implements ControlStream.Listener {
    @Override
    public void connected(Uplink uplink, Welcomed by) {
      inbox.connected(by);
      reporter.connected(uplink, by.reportInterval());
    }

    @Override
    public void writable() {
      reporter.writable();
    }

    @Override
    public void disconnected() {
      inbox.disconnected();
      reporter.disconnected();
    }

    @Override
    public void told(ControllerMessage message) {
      inbox.told(message);
      if (message.hasGossip() && gossip != null) {
        gossip.told(message.getGossip());
      }
    }

    @Override
    public void refused(HostPort controller, Status.Code code, String why) {
      if (code == Status.Code.FAILED_PRECONDITION && !running.serving()) {
        fatal.accept(
            "controller %s refuses this agent: %s; set --cluster or --controller"
                .formatted(controller, why));
      }
    }
  }
}
