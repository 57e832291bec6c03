package io.weir.controller;

import io.weir.controller.provision.Settings;
import io.weir.controller.security.Protection;
import io.weir.controller.store.EtcdAccess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * All that a controller is started with.
 *
 * @param cluster that agents must name, too
 * @param listen where agents and operators connect
 * @param advertise where other controllers are told to reach this one, "host:port"; empty: where it
 *     listens
 * @param history commits kept, at least 1
 * @param electionTtl how long a leader that is not heard of is waited for
 * @param protection who may connect and do what
 * @param hooks what scalers may have called
 * @param externalMetrics where the external metrics API of Kubernetes is served; empty: nowhere
 */
public record ControllerConfig(
    String cluster,
    Listen listen,
    String advertise,
    Storage storage,
    int history,
    Duration electionTtl,
    Protection protection,
    Settings hooks,
    Optional<ExternalMetrics> externalMetrics) {
  /** Where nothing says otherwise. */
  public static final Duration ELECTION_TTL = Duration.ofSeconds(15);

  public ControllerConfig(String cluster, Listen listen, Storage storage, int history) {
    this(cluster, listen, "", storage, history, ELECTION_TTL);
  }

  /** In plaintext, on loopback. */
  public ControllerConfig(
      String cluster,
      Listen listen,
      String advertise,
      Storage storage,
      int history,
      Duration electionTtl) {
    this(cluster, listen, advertise, storage, history, electionTtl, Protection.NONE);
  }

  /** Without hooks that need something of this machine. */
  public ControllerConfig(
      String cluster,
      Listen listen,
      String advertise,
      Storage storage,
      int history,
      Duration electionTtl,
      Protection protection) {
    this(
        cluster,
        listen,
        advertise,
        storage,
        history,
        electionTtl,
        protection,
        new Settings(cluster, Optional.empty(), Path.of("processes"), Settings.KUBERNETES_ACCOUNT),
        Optional.empty());
  }

  /** The same, protected as told. */
  public ControllerConfig with(Protection other) {
    return new ControllerConfig(
        cluster, listen, advertise, storage, history, electionTtl, other, hooks, externalMetrics);
  }

  /** The same, with hooks as told. */
  public ControllerConfig with(Settings other) {
    return new ControllerConfig(
        cluster,
        listen,
        advertise,
        storage,
        history,
        electionTtl,
        protection,
        other,
        externalMetrics);
  }

  /** The same, with the external metrics API served there. */
  public ControllerConfig with(ExternalMetrics other) {
    return new ControllerConfig(
        cluster,
        listen,
        advertise,
        storage,
        history,
        electionTtl,
        protection,
        hooks,
        Optional.of(other));
  }

  /** The same elsewhere. */
  ControllerConfig listeningOn(Listen other) {
    return new ControllerConfig(
        cluster,
        other,
        advertise,
        storage,
        history,
        electionTtl,
        protection,
        hooks,
        externalMetrics);
  }

  /**
   * @param host address or name
   * @param port 0 to 65,535; 0: any free one
   */
  public record Listen(String host, int port) {
    @Override
    public String toString() {
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
  }

  /**
   * @param authority certificates that those of who may ask are signed by; empty: whoever connects,
   *     so on loopback only
   */
  public record ExternalMetrics(Listen listen, Optional<Path> authority) {}

  /** Where desired state is kept; {@code toString} says so in the ready line. */
  public sealed interface Storage {
    record Embedded(Path dir) implements Storage {
      @Override
      public String toString() {
        return "embedded store in " + dir;
      }
    }

    record Etcd(EtcdAccess access) implements Storage {
      @Override
      public String toString() {
        return access.toString();
      }
    }
  }
}
