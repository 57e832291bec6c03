package io.weir.controller;

import io.grpc.ServerInterceptors;
import io.weir.controller.admin.AdminService;
import io.weir.controller.admin.Forwarding;
import io.weir.controller.admin.Transfers;
import io.weir.controller.dns.DnsResolver;
import io.weir.controller.peer.LeaderLink;
import io.weir.controller.peer.PeerService;
import io.weir.controller.provision.ExternalMetricsServer;
import io.weir.controller.provision.KedaService;
import io.weir.controller.provision.Provisioners;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.Serializations;
import io.weir.controller.security.AuditLog;
import io.weir.controller.security.Gate;
import io.weir.controller.security.Guard;
import io.weir.controller.security.Lifetimes;
import io.weir.controller.security.LiveCredentials;
import io.weir.controller.security.Protection;
import io.weir.controller.security.Recorder;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Leader;
import io.weir.controller.store.Leadership.Member;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.controller.stream.AgentStreamService;
import io.weir.controller.stream.PeerInterceptor;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running controller: the composition root. */
public final class Controller implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Controller.class);

  private static final Duration LOADING = Duration.ofSeconds(15);
  private static final Duration HELLO = Duration.ofSeconds(10);
  private static final Duration LIFETIMES = Duration.ofSeconds(1);

  private final Store store;
  private final Identity identity;
  private final ControlLoop loop;
  private final Leadership leadership;
  private final LeaderLink link;
  private final DnsResolver resolver = new DnsResolver();
  private final ScheduledExecutorService timers =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("stream-timers").daemon().factory());
  private final CompletableFuture<@Nullable Void> outdated = new CompletableFuture<>();
  private final AuditLog audit;
  private final Optional<LiveCredentials> credentials;
  private final Port port;
  private Optional<ExternalMetricsServer> externalMetrics = Optional.empty();

  private Controller(
      ControllerConfig config,
      Store store,
      Optional<LiveCredentials> credentials,
      InstantSource clock) {
    this.store = store;
    this.credentials = credentials;
    SplittableGenerator random = SplittableGenerator.of("L64X128MixRandom");
    this.identity =
        new Identity(
            config.cluster(),
            store.epoch(),
            new Member(
                UUID.randomUUID().toString(),
                Addresses.advertised(config),
                ControllerMain.version(),
                clock.instant()));
    this.leadership = Opening.leadership(config, store, identity.self(), random.split());
    Journal journal = new Journal(store, config.history());
    this.loop =
        new ControlLoop(
            store,
            journal,
            identity,
            leadership,
            clock,
            resolver,
            new Provisioners(config.hooks())::of,
            random.split());
    this.link =
        new LeaderLink(
            identity,
            loop.peers(),
            credentials.map(LiveCredentials::client),
            timers,
            random.split());
    Protection protection = config.protection();
    this.audit = AuditLog.open(protection.auditLog(), identity.self().id(), clock);
    Lifetimes lifetimes = new Lifetimes();
    var _ =
        timers.scheduleWithFixedDelay(
            () -> lifetimes.look(clock.instant()),
            LIFETIMES.toMillis(),
            LIFETIMES.toMillis(),
            TimeUnit.MILLISECONDS);
    AdminService admin =
        new AdminService(
            store,
            journal,
            loop,
            identity,
            new Transfers(store, config.cluster(), () -> outdated.complete(null), clock),
            audit,
            clock);
    this.port =
        new Port(
            config.listen(),
            new Gate(credentials, protection.limits(), audit, lifetimes).credentials(),
            List.of(
                new PeerInterceptor(),
                new Guard(
                    config.cluster(),
                    protection.limits(),
                    audit,
                    clock,
                    System::nanoTime,
                    lifetimes)),
            List.of(
                ServerInterceptors.intercept(
                    admin, new Recorder(audit), new Forwarding(link::channel)),
                new PeerService(identity, loop.peers()).bindService(),
                new AgentStreamService(config.cluster(), loop, timers, HELLO).bindService(),
                new KedaService(loop.recommendations(), timers).bindService()));
  }

  /**
   * Returns once the configuration is loaded and the port is open.
   *
   * @throws StartupException with one sentence for the operator; nothing is left running
   */
  public static Controller start(ControllerConfig config, InstantSource clock)
      throws StartupException {
    Addresses.resolved(config.listen(), "--listen");
    Optional<LiveCredentials> credentials = Opening.credentials(config);
    Store store;
    try {
      store = Opening.store(config);
    } catch (StoreException e) {
      credentials.ifPresent(LiveCredentials::close);
      throw Opening.noStore(config, e);
    }
    Controller controller;
    try {
      controller = new Controller(Addresses.reachable(config), store, credentials, clock);
    } catch (StoreException e) {
      store.close();
      credentials.ifPresent(LiveCredentials::close);
      throw Opening.noStore(config, e);
    }
    try {
      controller.open(config);
    } catch (StartupException e) {
      controller.close();
      throw e;
    }
    return controller;
  }

  private void open(ControllerConfig config) throws StartupException {
    var _ = store.changed().thenAcceptAsync(this::changed, Thread::startVirtualThread);
    var _ =
        loop.storeWentBack()
            .thenAcceptAsync(
                back -> {
                  log.atError()
                      .addKeyValue("agents", back.agents())
                      .addKeyValue("store", back.store())
                      .log("agents run revisions that the store has never had");
                  changed(Store.Change.WENT_BACK);
                },
                Thread::startVirtualThread);
    try {
      loop.start();
      leadership.start(new Listening());
      loop.loaded().get(LOADING.toMillis(), TimeUnit.MILLISECONDS);
      port.open();
      externalMetrics = Opening.externalMetrics(config, credentials, loop.recommendations());
    } catch (IOException e) {
      throw Addresses.cannotListen(config.listen(), "--listen", e);
    } catch (TimeoutException e) {
      throw new StartupException(
          "the store did not give the configuration within %d s; see the log and check %s"
              .formatted(LOADING.toSeconds(), config.storage()),
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException("interrupted while starting", e);
    }
    port.ready();
    log.atInfo()
        .addKeyValue("cluster", config.cluster())
        .addKeyValue("address", config.listen().host())
        .addKeyValue("port", port())
        .addKeyValue("storage", config.storage())
        .addKeyValue("epoch", identity.epoch())
        .addKeyValue("id", identity.self().id())
        .addKeyValue("advertised", identity.self().address())
        .log("controller serves");
    if (credentials.isEmpty()) {
      log.atWarn()
          .addKeyValue("address", config.listen())
          .log(
              Addresses.isLoopback(config.listen())
                  ? "traffic is plaintext and whoever is on this machine may change everything"
                  : "traffic with agents and operators is plaintext and anyone who can connect may"
                      + " change everything; let only a trusted network reach this port");
    }
  }

  /** The port that is listened on. */
  public int port() {
    return port.number();
  }

  /** The port of the external metrics API; 0: it is not served. */
  public int externalMetricsPort() {
    return externalMetrics.map(ExternalMetricsServer::port).orElse(0);
  }

  /** Completes when an agent runs a revision of this epoch that the store itself has never had. */
  public CompletableFuture<ControlLoop.WentBack> storeWentBack() {
    return loop.storeWentBack();
  }

  /** Completes once every connected agent runs what it should as of {@code revision} or later. */
  public CompletableFuture<Void> settled(long revision) {
    return loop.settled(revision);
  }

  /**
   * Completes once the store holds other data than this controller was started with, as after a
   * restore or an import: close it and start another.
   */
  public CompletableFuture<@Nullable Void> outdated() {
    return outdated.copy();
  }

  private void changed(Store.Change change) {
    switch (change) {
      case REPLACED ->
          log.atError()
              .addKeyValue("epoch", identity.epoch())
              .log("the store holds other data than before; beginning anew with them");
      case WENT_BACK -> {
        log.atError()
            .addKeyValue("epoch", identity.epoch())
            .log(
                "the store's data went back, as from an older backup; giving them a new epoch and"
                    + " beginning anew with them");
        try {
          store.renewEpoch();
        } catch (StoreException e) {
          // Whoever begins anew finds out as this controller did.
          log.atError().addKeyValue("reason", e.getMessage()).log("the epoch was not renewed");
        }
      }
    }
    outdated.complete(null);
  }

  /** How often configuration was turned into bytes so far. */
  public Serializations serializations() {
    return loop.serializations();
  }

  public String epoch() {
    return identity.epoch();
  }

  /** In which agents are judged now, by this controller or the one it follows; 0: by nobody. */
  public long term() {
    return loop.peers().standings().term();
  }

  /** Ends all streams and calls, then closes the store. Takes a few seconds at most. */
  @Override
  public void close() {
    port.shutdown();
    leadership.close();
    link.close();
    loop.close();
    resolver.close();
    port.awaitCalls();
    externalMetrics.ifPresent(ExternalMetricsServer::close);
    timers.shutdownNow();
    port.close();
    credentials.ifPresent(LiveCredentials::close);
    audit.close();
    store.close();
  }

  /** The loop and the link both go by who leads. */
  private final class Listening implements Leadership.Listener {
    @Override
    public void leads(long term) {
      link.follow(Optional.empty());
      loop.leads(term);
    }

    @Override
    public void follows(Optional<Leader> leader) {
      loop.follows(leader);
      link.follow(leader);
    }

    @Override
    public void cutOff(boolean now) {
      loop.cutOff(now);
    }
  }
}
