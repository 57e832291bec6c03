package io.weir.controller;

import io.netty.handler.ssl.SslContext;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.controller.provision.ExternalMetricsServer;
import io.weir.controller.provision.Recommendations;
import io.weir.controller.security.CredentialsException;
import io.weir.controller.security.Guard;
import io.weir.controller.security.LiveCredentials;
import io.weir.controller.security.Protection;
import io.weir.controller.store.Election;
import io.weir.controller.store.EmbeddedStore;
import io.weir.controller.store.EtcdStore;
import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Member;
import io.weir.controller.store.SoleLeadership;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;

/**
 * Opens what a controller is configured with. What cannot be had is a {@link StartupException} with
 * one sentence that names the option. Blocks.
 */
final class Opening {
  private Opening() {}

  /** Empty: plaintext, which may be served where that is. */
  static Optional<LiveCredentials> credentials(ControllerConfig config) throws StartupException {
    Protection protection = config.protection();
    if (protection.tls().isEmpty()) {
      if (!protection.insecurePlaintext() && !Addresses.isLoopback(config.listen())) {
        throw new StartupException(
            "on %s others could read and change everything, as plaintext is for loopback: give --tls-cert, --tls-key and --tls-ca, or --insecure-plaintext to serve it all the same"
                .formatted(config.listen()),
            new IOException("plaintext"));
      }
      return Optional.empty();
    }
    LiveCredentials credentials;
    try {
      credentials = LiveCredentials.open(protection.tls().get(), config.cluster());
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

  /**
   * @throws StoreException when it cannot be opened
   */
  static Store store(ControllerConfig config) {
    return switch (config.storage()) {
      case Storage.Embedded embedded -> EmbeddedStore.open(embedded.dir(), config.cluster());
      case Storage.Etcd etcd ->
          EtcdStore.connect(etcd.access(), config.cluster(), EtcdStore.DEADLINE);
    };
  }

  /** The store cannot be used. */
  static StartupException noStore(ControllerConfig config, StoreException e) {
    String option =
        switch (config.storage()) {
          case Storage.Embedded _ -> "--data-dir";
          case Storage.Etcd _ -> "--etcd";
        };
    String reason = e.getMessage() == null ? "the store cannot be opened" : e.getMessage();
    return new StartupException("%s (see %s)".formatted(reason, option), e);
  }

  /** Not started yet. */
  static Leadership leadership(
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

  /** Empty: it is not asked for. Else it serves. */
  static Optional<ExternalMetricsServer> externalMetrics(
      ControllerConfig config,
      Optional<LiveCredentials> credentials,
      Recommendations recommendations)
      throws StartupException {
    if (config.externalMetrics().isEmpty()) {
      return Optional.empty();
    }
    Listen listen = config.externalMetrics().get().listen();
    Optional<Path> authority = config.externalMetrics().get().authority();
    InetSocketAddress address = Addresses.resolved(listen, "--external-metrics");
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
      return Optional.of(new ExternalMetricsServer(address, tls, recommendations));
    } catch (CredentialsException e) {
      throw new StartupException(
          "no TLS can be had: %s (see --external-metrics-ca)".formatted(e.getMessage()), e);
    } catch (IOException e) {
      throw Addresses.cannotListen(listen, "--external-metrics", e);
    }
  }
}
