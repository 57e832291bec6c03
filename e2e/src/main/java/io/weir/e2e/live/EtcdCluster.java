package io.weir.e2e.live;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The {@code etcd} of the PATH as a cluster of processes, each to be killed, frozen and started
 * again. They die with this JVM. Safe for use by several threads.
 */
public final class EtcdCluster implements AutoCloseable {
  /** Generous, for a machine with better things to do. */
  private static final Duration START = Duration.ofSeconds(60);

  private static final int ATTEMPTS = 3;
  private static final int PROBE_MILLIS = 1_000;

  private final Settings settings;
  private final Path dir;
  private final List<EtcdMember> members;
  private final Optional<Certificates> certificates;

  /**
   * Where one member lives.
   *
   * @param host an address that every member and this process can reach
   * @param enter what its command line begins with, to run it in a namespace; empty: none
   */
  public record Place(String host, List<String> enter) {
    public Place {
      enter = List.copyOf(enter);
    }

    public static Place loopback() {
      return new Place("127.0.0.1", List.of());
    }
  }

  /**
   * How the members run; what is not said is as etcd has it by default.
   *
   * @param places of the members
   * @param quotaBytes of the database; 0: the default
   * @param tls clients speak TLS and show a certificate; made for each cluster
   * @param tokenTtl seconds that a token lasts unused, when {@code users} is set; 0: the default
   * @param users user {@link #USER} may use {@code /weir/default/} only, and there is root
   */
  public record Settings(
      List<Place> places, long quotaBytes, boolean tls, boolean users, int tokenTtl) {
    public Settings {
      places = List.copyOf(places);
    }

    public static Settings members(int count) {
      return new Settings(
          IntStream.range(0, count).mapToObj(_ -> Place.loopback()).toList(), 0, false, false, 0);
    }

    public Settings at(List<Place> at) {
      return new Settings(at, quotaBytes, tls, users, tokenTtl);
    }

    public Settings withQuota(long bytes) {
      return new Settings(places, bytes, tls, users, tokenTtl);
    }

    public Settings withTls() {
      return new Settings(places, quotaBytes, true, users, tokenTtl);
    }

    /**
     * @param ttl seconds that a token lasts unused; 0: the default
     */
    public Settings withUsers(int ttl) {
      return new Settings(places, quotaBytes, tls, true, ttl);
    }
  }

  /** Who may use the data of cluster {@code default}, where there are users. */
  public static final String USER = "weir";

  public static final String PASSWORD = "a password of weir's";
  private static final String ROOT_PASSWORD = "another one";

  private EtcdCluster(Settings settings, Path dir) {
    this.settings = settings;
    this.dir = dir;
    this.certificates =
        settings.tls()
            ? Optional.of(
                Certificates.make(
                    dir.resolve("tls"), settings.places().stream().map(Place::host).toList()))
            : Optional.empty();
    int count = settings.places().size();
    List<EtcdMember.Ports> ports = IntStream.range(0, count).mapToObj(i -> ports(i)).toList();
    String all =
        IntStream.range(0, count)
            .mapToObj(i -> name(i) + "=" + ports.get(i).peer())
            .collect(Collectors.joining(","));
    List<String> extra = new ArrayList<>();
    if (settings.quotaBytes() > 0) {
      extra.add("--quota-backend-bytes=" + settings.quotaBytes());
    }
    if (settings.tokenTtl() > 0) {
      extra.add("--auth-token-ttl=" + settings.tokenTtl());
    }
    certificates.ifPresent(made ->
        extra.addAll(
            List.of(
                "--cert-file=" + made.serverCertificate(),
                "--key-file=" + made.serverKey(),
                "--trusted-ca-file=" + made.authority(),
                "--client-cert-auth")));
    members =
        IntStream.range(0, count)
            .mapToObj(i ->
                new EtcdMember(
                    name(i), dir, ports.get(i), settings.places().get(i).enter(), all, extra))
            .toList();
  }

  private EtcdMember.Ports ports(int member) {
    String host = settings.places().get(member).host();
    String address = host.indexOf(':') < 0 ? host : "[" + host + "]";
    return new EtcdMember.Ports(
        URI.create((settings.tls() ? "https://" : "http://") + address + ":" + Ports.free()),
        URI.create("http://" + address + ":" + Ports.free()),
        URI.create("http://" + address + ":" + Ports.free()));
  }

  private static String name(int member) {
    return "m" + member;
  }

  /** There is an {@code etcd} to be started. */
  public static boolean installed() {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "etcd")));
  }

  /** Returns once every member serves. */
  public static EtcdCluster start(Settings settings) {
    for (int attempt = 1; ; attempt++) {
      EtcdCluster cluster;
      try {
        cluster = new EtcdCluster(settings, Files.createTempDirectory("weir-etcd-"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      try {
        cluster.members.forEach(EtcdMember::start);
        cluster.awaitServing();
        if (settings.users()) {
          cluster.makeUsers();
        }
        return cluster;
      } catch (IllegalStateException | Await.TimedOut e) {
        cluster.close();
        // Someone else may have taken one of the ports between finding and using it.
        if (attempt == ATTEMPTS) {
          throw e;
        }
      } catch (RuntimeException e) {
        cluster.close();
        throw e;
      }
    }
  }

  public int size() {
    return members.size();
  }

  /** Of one member, for its clients. */
  public URI endpoint(int member) {
    return members.get(member).ports().client();
  }

  /** Of all members, in their order. */
  public List<URI> endpoints() {
    return members.stream().map(member -> member.ports().client()).toList();
  }

  /** The endpoints as the option {@code --etcd} takes them. */
  public String urls() {
    return endpoints().stream().map(URI::toString).collect(Collectors.joining(","));
  }

  /** Options of a controller that is to use this cluster. */
  public List<String> controllerOptions() {
    var options = new ArrayList<>(List.of("--etcd", urls()));
    certificates.ifPresent(made ->
        options.addAll(
            List.of(
                "--etcd-ca",
                made.authority().toString(),
                "--etcd-cert",
                made.clientCertificate().toString(),
                "--etcd-key",
                made.clientKey().toString())));
    if (settings.users()) {
      options.addAll(
          List.of("--etcd-user", USER, "--etcd-password-file", passwordFile().toString()));
    }
    return List.copyOf(options);
  }

  /** The files for TLS, when there is TLS. */
  public Certificates certificates() {
    return certificates.orElseThrow();
  }

  /** Holds {@link #PASSWORD}. */
  public Path passwordFile() {
    Path file = dir.resolve("password");
    try {
      return Files.writeString(file, PASSWORD + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL; its data stay. Returns once it is dead. */
  public void kill(int member) {
    members.get(member).kill();
  }

  /** Starts it with the data it had, after {@link #kill}; waits for nothing. */
  public void restart(int member) {
    members.get(member).start();
  }

  /** SIGSTOP. */
  public void freeze(int member) {
    members.get(member).signal("STOP");
  }

  /** SIGCONT. */
  public void thaw(int member) {
    members.get(member).signal("CONT");
  }

  /** Waits until every member that runs answers that it has a leader. */
  public void awaitServing() {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).running()) {
        awaitServing(i);
      }
    }
  }

  public void awaitServing(int member) {
    EtcdMember awaited = members.get(member);
    Await.until(
        "etcd " + awaited.name() + " to serve",
        START,
        () -> {
          if (!awaited.running()) {
            throw new IllegalStateException("etcd ended at once: " + awaited.tail());
          }
          return healthy(awaited.ports().metrics());
        });
  }

  /** The member that leads now. */
  public int leader() {
    return Await.value(
        "etcd to have a leader",
        START,
        () ->
            IntStream.range(0, members.size())
                .filter(i -> members.get(i).running() && leads(members.get(i).ports().metrics()))
                .boxed()
                .findFirst());
  }

  /** As the cluster's root, to do what a controller does not. The caller closes it. */
  public Client client(int... only) {
    List<URI> used =
        only.length == 0 ? endpoints() : Arrays.stream(only).mapToObj(this::endpoint).toList();
    return client(used, settings.users());
  }

  private Client client(List<URI> used, boolean asRoot) {
    ClientBuilder builder = Client.builder().endpoints(used).waitForReady(true);
    if (asRoot) {
      builder.user(bytes("root")).password(bytes(ROOT_PASSWORD));
    }
    certificates.ifPresent(made -> {
      try {
        builder.sslContext(ssl ->
            ssl.trustManager(made.authority().toFile())
                .keyManager(made.clientCertificate().toFile(), made.clientKey().toFile()));
      } catch (SSLException e) {
        throw new IllegalStateException(e);
      }
    });
    return builder.build();
  }

  private void makeUsers() {
    try (Client client = client(endpoints(), false)) {
      var auth = client.getAuthClient();
      auth.userAdd(bytes("root"), bytes(ROOT_PASSWORD)).join();
      auth.roleAdd(bytes("root")).join();
      auth.userGrantRole(bytes("root"), bytes("root")).join();
      auth.userAdd(bytes(USER), bytes(PASSWORD)).join();
      auth.roleAdd(bytes("weir")).join();
      auth.roleGrantPermission(
              bytes("weir"),
              bytes("/weir/default/"),
              bytes("/weir/default0"),
              io.etcd.jetcd.auth.Permission.Type.READWRITE)
          .join();
      auth.userGrantRole(bytes(USER), bytes("weir")).join();
      auth.authEnable().join();
    }
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  private static boolean healthy(URI metrics) {
    return get(metrics.resolve("/health")) != null;
  }

  private static boolean leads(URI metrics) {
    String page = get(metrics.resolve("/metrics"));
    return page != null && page.lines().anyMatch("etcd_server_is_leader 1"::equals);
  }

  /** Null: it does not answer well. */
  private static @Nullable String get(URI page) {
    try {
      HttpURLConnection http = (HttpURLConnection) page.toURL().openConnection();
      http.setConnectTimeout(PROBE_MILLIS);
      http.setReadTimeout(PROBE_MILLIS);
      try (var body = http.getInputStream()) {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
      } finally {
        http.disconnect();
      }
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  public void close() {
    members.forEach(EtcdMember::kill);
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
