package io.weir.controller;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.handler.ssl.SslContext;
import io.weir.controller.ControllerConfig.Storage;
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
import io.weir.controller.security.CredentialsException;
import io.weir.controller.security.Gate;
import io.weir.controller.security.Guard;
import io.weir.controller.security.Lifetimes;
import io.weir.controller.security.Limits;
import io.weir.controller.security.LiveCredentials;
import io.weir.controller.security.Protection;
import io.weir.controller.security.Recorder;
import io.weir.controller.store.Election;
import io.weir.controller.store.EmbeddedStore;
import io.weir.controller.store.EtcdStore;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Leader;
import io.weir.controller.store.Leadership.Member;
import io.weir.controller.store.SoleLeadership;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.controller.stream.AgentStreamService;
import io.weir.controller.stream.PeerInterceptor;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.PeerServiceGrpc;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running controller: the composition root. */
public final class Controller implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Controller.class);

  private static final int MAX_INBOUND_BYTES = 4 << 20;
  private static final int FLOW_CONTROL_WINDOW = 1 << 20;
  private static final Duration LOADING = Duration.ofSeconds(15);
  private static final Duration HELLO = Duration.ofSeconds(10);
  // An agent that vanished without a word is noticed within the sum of these two.
  private static final Duration KEEPALIVE = Duration.ofSeconds(10);
  private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration LEAST_CLIENT_KEEPALIVE = Duration.ofSeconds(5);
  private static final Duration LIFETIMES = Duration.ofSeconds(1);
  private static final Duration LAST_CALLS = Duration.ofSeconds(2);

  private final Store store;
  private final Identity identity;
  private final ControlLoop loop;
  private final Leadership leadership;
  private final LeaderLink link;
  private final DnsResolver resolver = new DnsResolver();
  private final ScheduledExecutorService timers =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("stream-timers").daemon().factory());
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private final CompletableFuture<@Nullable Void> outdated = new CompletableFuture<>();
  private final HealthStatusManager health = new HealthStatusManager();
  private final AuditLog audit;
  private final Optional<LiveCredentials> credentials;
  private final Server server;
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
                advertised(config),
                ControllerMain.version(),
                clock.instant()));
    this.leadership = leadership(config, store, identity.self(), random.split());
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
            identity, loop, credentials.map(LiveCredentials::client), timers, random.split());
    Protection protection = config.protection();
    this.audit = AuditLog.open(protection.auditLog(), identity.self().id(), clock);
    Lifetimes lifetimes = new Lifetimes();
    var _ =
        timers.scheduleWithFixedDelay(
            () -> lifetimes.look(clock.instant()),
            LIFETIMES.toMillis(),
            LIFETIMES.toMillis(),
            TimeUnit.MILLISECONDS);
    serving(ServingStatus.NOT_SERVING);
    this.server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(config.listen().host(), config.listen().port()),
                new Gate(credentials, protection.limits(), audit, lifetimes).credentials())
            .executor(this::serve)
            .callExecutor(new ByService(this::serve))
            .maxInboundMessageSize(MAX_INBOUND_BYTES)
            .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            // Set, so that not every message from an agent is answered with a PING to measure by.
            .flowControlWindow(FLOW_CONTROL_WINDOW)
            .permitKeepAliveTime(LEAST_CLIENT_KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .handshakeTimeout(Limits.HANDSHAKE.toMillis(), TimeUnit.MILLISECONDS)
            .maxConnectionIdle(Limits.IDLE.toMillis(), TimeUnit.MILLISECONDS)
            .maxConcurrentCallsPerConnection(Limits.STREAMS)
            .intercept(new PeerInterceptor())
            // The last is asked first.
            .intercept(
                new Guard(
                    config.cluster(),
                    protection.limits(),
                    audit,
                    clock,
                    System::nanoTime,
                    lifetimes))
            .addService(
                ServerInterceptors.intercept(
                    new AdminService(
                        store,
                        journal,
                        loop,
                        identity,
                        new Transfers(
                            store, config.cluster(), () -> outdated.complete(null), clock),
                        audit,
                        clock),
                    new Recorder(audit),
                    new Forwarding(link::channel)))
            .addService(new PeerService(identity, loop))
            .addService(new AgentStreamService(config.cluster(), loop, timers, HELLO))
            .addService(new KedaService(loop.recommendations(), timers))
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance())
            .build();
  }

  /** What a connection still has to say once all calls have ended is for nobody. */
  private void serve(Runnable task) {
    try {
      calls.execute(task);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; a call has ended already");
    }
  }

  /** Streams of agents and of followers never block, and are served where their bytes arrive. */
  private record ByService(Executor calls) implements ServerCallExecutorSupplier {
    @Override
    public <Q, A> Executor getExecutor(ServerCall<Q, A> call, Metadata headers) {
      String service = call.getMethodDescriptor().getServiceName();
      return FleetServiceGrpc.SERVICE_NAME.equals(service)
              || PeerServiceGrpc.SERVICE_NAME.equals(service)
          ? Runnable::run
          : calls;
    }
  }

  /**
   * Returns once the configuration is loaded and the port is open.
   *
   * @throws StartupException with one sentence for the operator; nothing is left running
   */
  public static Controller start(ControllerConfig config, InstantSource clock)
      throws StartupException {
    if (new InetSocketAddress(config.listen().host(), 0).isUnresolved()) {
      throw new StartupException(
          "cannot listen on %s: the name %s does not resolve; choose another with --listen"
              .formatted(config.listen(), config.listen().host()),
          new IOException("unresolved"));
    }
    Optional<LiveCredentials> credentials = credentials(config);
    Store store;
    try {
      store = openStore(config);
    } catch (StoreException e) {
      credentials.ifPresent(LiveCredentials::close);
      throw new StartupException(sentence(config, e), e);
    }
    Controller controller;
    try {
      controller = new Controller(reachable(config), store, credentials, clock);
    } catch (StoreException e) {
      store.close();
      credentials.ifPresent(LiveCredentials::close);
      throw new StartupException(sentence(config, e), e);
    }
    try {
      controller.open(config);
    } catch (StartupException e) {
      controller.close();
      throw e;
    }
    return controller;
  }

  private static Optional<LiveCredentials> credentials(ControllerConfig config)
      throws StartupException {
    Protection protection = config.protection();
    if (protection.tls().isEmpty()) {
      if (!protection.insecurePlaintext() && !isLoopback(config.listen())) {
        throw new StartupException(
            "on %s others could read and change everything, as plaintext is for loopback: give --tls-cert, --tls-key and --tls-ca, or --insecure-plaintext to serve it all the same"
                .formatted(config.listen()),
            new IOException("plaintext"));
      }
      return Optional.empty();
    }
    LiveCredentials credentials;
    try {
      credentials = LiveCredentials.open(protection.tls().get());
    } catch (CredentialsException e) {
      throw new StartupException(
          "no TLS can be had: %s (see --tls-cert, --tls-key and --tls-ca)"
              .formatted(e.getMessage()),
          e);
    }
    Optional<String> wrong = Guard.notController(credentials.own(), config.cluster());
    if (wrong.isPresent()) {
      credentials.close();
      throw new StartupException(
          "%s; this controller needs one of weir://%s/controller/NAME (see --tls-cert)"
              .formatted(wrong.get(), config.cluster()),
          new IOException("certificate"));
    }
    return Optional.of(credentials);
  }

  private Optional<ExternalMetricsServer> externalMetrics(ControllerConfig config)
      throws StartupException {
    if (config.externalMetrics().isEmpty()) {
      return Optional.empty();
    }
    ControllerConfig.Listen listen = config.externalMetrics().get().listen();
    Optional<Path> authority = config.externalMetrics().get().authority();
    InetSocketAddress address = new InetSocketAddress(listen.host(), listen.port());
    if (address.isUnresolved()) {
      throw new StartupException(
          "cannot listen on %s: the name %s does not resolve; choose another with --external-metrics"
              .formatted(listen, listen.host()),
          new IOException("unresolved"));
    }
    boolean guarded = credentials.isPresent() && authority.isPresent();
    if (!guarded
        && !config.protection().insecurePlaintext()
        && !address.getAddress().isLoopbackAddress()) {
      throw new StartupException(
          "on %s anyone could ask for metrics: give --external-metrics-ca and --tls-cert, or --insecure-plaintext to serve them all the same"
              .formatted(listen),
          new IOException("unguarded"));
    }
    try {
      Optional<SslContext> tls = Optional.empty();
      if (credentials.isPresent()) {
        tls =
            Optional.of(
                guarded
                    ? credentials.get().serverFor(authority.get())
                    : credentials.get().serverForAll());
      }
      return Optional.of(new ExternalMetricsServer(address, tls, loop.recommendations()));
    } catch (CredentialsException e) {
      throw new StartupException(
          "no TLS can be had: %s (see --external-metrics-ca)".formatted(e.getMessage()), e);
    } catch (IOException e) {
      throw new StartupException(
          "cannot listen on %s: %s; choose another with --external-metrics"
              .formatted(listen, reason(e)),
          e);
    }
  }

  private static boolean isLoopback(ControllerConfig.Listen listen) {
    return new InetSocketAddress(listen.host(), 0).getAddress().isLoopbackAddress();
  }

  private static Leadership leadership(
      ControllerConfig config, Store store, Member self, RandomGenerator random) {
    return switch (store) {
      case EtcdStore etcd ->
          new Election(
              etcd,
              etcd.leases(),
              self,
              config.electionTtl(),
              Executors.newSingleThreadScheduledExecutor(
                  Thread.ofPlatform().name("election").daemon().factory()),
              System::nanoTime,
              random);
      default -> new SoleLeadership(store);
    };
  }

  /** Other controllers have to be told the port before it is listened on. */
  private static ControllerConfig reachable(ControllerConfig config) throws StartupException {
    ControllerConfig.Listen listen = config.listen();
    if (listen.port() != 0 || config.storage() instanceof Storage.Embedded) {
      return config;
    }
    try (ServerSocket socket =
        new ServerSocket(0, 1, new InetSocketAddress(listen.host(), 0).getAddress())) {
      return config.listeningOn(new ControllerConfig.Listen(listen.host(), socket.getLocalPort()));
    } catch (IOException e) {
      throw new StartupException(
          "cannot listen on %s: %s; choose another with --listen".formatted(listen, reason(e)), e);
    }
  }

  private static String advertised(ControllerConfig config) {
    if (!config.advertise().isEmpty()) {
      return config.advertise();
    }
    InetAddress address = new InetSocketAddress(config.listen().host(), 0).getAddress();
    if (!address.isAnyLocalAddress()) {
      return config.listen().toString();
    }
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "localhost";
    }
    return new ControllerConfig.Listen(host, config.listen().port()).toString();
  }

  private static Store openStore(ControllerConfig config) {
    return switch (config.storage()) {
      case Storage.Embedded embedded -> EmbeddedStore.open(embedded.dir(), config.cluster());
      case Storage.Etcd etcd ->
          EtcdStore.connect(etcd.access(), config.cluster(), EtcdStore.DEADLINE);
    };
  }

  private static String sentence(ControllerConfig config, StoreException e) {
    String option =
        switch (config.storage()) {
          case Storage.Embedded _ -> "--data-dir";
          case Storage.Etcd _ -> "--etcd";
        };
    String reason = e.getMessage() == null ? "the store cannot be opened" : e.getMessage();
    return "%s (see %s)".formatted(reason, option);
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
      server.start();
      externalMetrics = externalMetrics(config);
    } catch (IOException e) {
      throw new StartupException(
          "cannot listen on %s: %s; choose another with --listen"
              .formatted(config.listen(), reason(e)),
          e);
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
    serving(ServingStatus.SERVING);
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
              isLoopback(config.listen())
                  ? "traffic is plaintext and whoever is on this machine may change everything"
                  : "traffic with agents and operators is plaintext and anyone who can connect may"
                      + " change everything; let only a trusted network reach this port");
    }
  }

  /**
   * {@code bind(..) failed with error(-98): Address already in use} and its kin, in plain words.
   */
  private static String reason(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (message.contains("in use")) {
        return "address already in use";
      }
      if (message.contains("permission denied")) {
        return "permission denied";
      }
      if (message.contains("cannot assign requested address")) {
        return "no interface of this machine has that address";
      }
      if (cause instanceof BindException) {
        return message;
      }
    }
    return String.valueOf(e.getMessage());
  }

  private void serving(ServingStatus status) {
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    health.setStatus(AdminServiceGrpc.SERVICE_NAME, status);
    health.setStatus(FleetServiceGrpc.SERVICE_NAME, status);
  }

  /** The port that is listened on. */
  public int port() {
    return server.getPort();
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
    return loop.standings().term();
  }

  /** Ends all streams and calls, then closes the store. Takes a few seconds at most. */
  @Override
  public void close() {
    health.enterTerminalState();
    server.shutdown();
    leadership.close();
    link.close();
    loop.close();
    resolver.close();
    try {
      if (!server.awaitTermination(LAST_CALLS.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        server.awaitTermination(LAST_CALLS.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      server.shutdownNow();
    }
    externalMetrics.ifPresent(ExternalMetricsServer::close);
    timers.shutdownNow();
    calls.shutdownNow();
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
