package io.weir.e2e.scale;

import io.grpc.StatusRuntimeException;
import io.weir.e2e.live.Admin;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.EtcdCluster;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Ports;
import io.weir.e2e.live.Programs;
import io.weir.v1.ControllerStatus;
import io.weir.v1.Decision;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaleDecided;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Controllers with a scaler whose hook starts origins on this machine, and two agents. Closing it
 * ends them all, the origins too.
 */
public final class ScaleSite implements AutoCloseable {
  public static final String SCALER = "web";
  static final String POOL = "web";

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration TTL = Duration.ofSeconds(2);
  private static final List<String> AGENTS = List.of("a", "b");
  private static final int ORIGINS = 16;
  private static final int ATTEMPTS = 100;

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final @Nullable EtcdCluster etcd;
  private final Path programs = fleet.dir().resolve("programs");
  private final int firstPort = ports();
  private final Map<String, Integer> controllerPorts = new LinkedHashMap<>();
  private final Map<String, Child> controllers = new LinkedHashMap<>();
  private final Map<String, Admin> admins = new LinkedHashMap<>();
  private final Map<String, Integer> web = new LinkedHashMap<>();

  /**
   * How many origins there may be, and what each takes.
   *
   * @param inFlight of each; and twice as many answers a second
   */
  public record Bounds(int min, int max, double inFlight) {}

  /**
   * Starts all of it; returns once the least number of origins serves.
   *
   * @param cluster two controllers on an etcd, instead of one with a file
   * @param barrier endpoints are ended only when nothing is under way there
   */
  public ScaleSite(Bounds bounds, boolean cluster, boolean barrier) {
    etcd = cluster ? EtcdCluster.start(EtcdCluster.Settings.members(1)) : null;
    if (!barrier) {
      fleet.javaOptions("-Dweir.scaling.barrier=off");
    }
    writeProgram();
    for (String name : cluster ? List.of("c0", "c1") : List.of("c0")) {
      controllerPorts.put(name, Ports.free());
      startController(name);
      Fleet.awaitController(Objects.requireNonNull(controllers.get(name)));
      admins.put(name, new Admin(address(name)));
    }
    fleet.javaOptions("");
    AGENTS.forEach(agent -> web.put(agent, Ports.free()));
    apply(pool() + "---\n" + scaler(bounds) + listeners());
    for (String agent : AGENTS) {
      Fleet.awaitReady(fleet.agent(agent, String.join(",", addresses())));
    }
    awaitServing(bounds.min());
  }

  private static int ports() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int first = Ports.free();
      boolean free = true;
      for (int port = first; port < first + ORIGINS && free; port++) {
        free = isFree(port);
      }
      if (free) {
        return first;
      }
    }
    throw new IllegalStateException("no " + ORIGINS + " free ports in a row");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void writeProgram() {
    try {
      Path code =
          Path.of(ScaleOrigin.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Files.createDirectory(programs);
      Path program = programs.resolve("origin");
      Files.writeString(
          program,
          """
          #!/bin/sh
          exec '%s' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Xmx32m -cp '%s' %s "$1" "$2" %d
          """
              .formatted(
                  Path.of(System.getProperty("java.home"), "bin", "java"),
                  code,
                  ScaleOrigin.class.getName(),
                  ProcessHandle.current().pid()));
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private void startController(String name) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--hook-programs",
                programs.toString(),
                // Controllers of one machine keep what they started in one place.
                "--data-dir",
                fleet.dir().resolve("controllers").toString()));
    if (etcd != null) {
      options.addAll(etcd.controllerOptions());
      options.addAll(List.of("--election-ttl", TTL.toSeconds() + "s"));
    }
    controllers.put(name, fleet.startController(name, address(name), options));
  }

  private String address(String controller) {
    return "127.0.0.1:" + controllerPorts.get(controller);
  }

  private List<String> addresses() {
    return controllerPorts.keySet().stream().map(this::address).toList();
  }

  private static String pool() {
    return """
    kind: Pool
    name: %s
    slow_start: {window: 1s}
    health: {http: {path: /healthz}, interval: 500ms, timeout: 400ms, rise: 1, fall: 3}
    """
        .formatted(POOL);
  }

  private String scaler(Bounds bounds) {
    return """
    kind: Scaler
    name: %s
    pool: %s
    min: %d
    max: %d
    targets: {in_flight: %s, rate: %s}
    out: {policies: [{percent: 1000, period: 1s}, {endpoints: 8, period: 1s}]}
    in: {stabilization: 0s, policies: [{endpoints: 1, period: 2s}]}
    startup: 1s
    drain_timeout: 30s
    mode: act
    hook:
      process:
        command: ["%s", "{name}", "{port}"]
        first_port: %d
        ports: %d
    """
        .formatted(
            SCALER,
            POOL,
            bounds.min(),
            bounds.max(),
            bounds.inFlight(),
            2 * bounds.inFlight(),
            programs.resolve("origin"),
            firstPort,
            ORIGINS);
  }

  private String listeners() {
    StringBuilder yaml = new StringBuilder();
    web.forEach((agent, port) ->
        yaml.append(
            """
            ---
            kind: Listener
            name: web-%s
            bind: "127.0.0.1:%d"
            agents: {host: %s}
            routes: [{pool: %s}]
            """
                .formatted(agent, port, agent, POOL)));
    return yaml.toString();
  }

  private void apply(String yaml) {
    try {
      Path file = Files.createTempFile(fleet.dir(), "scale-", ".yaml");
      Files.writeString(file, yaml);
      fleet.ctl(String.join(",", addresses()), "apply", "-f", file.toString()).orThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** There are to be so many from now on. */
  public void bound(Bounds bounds) {
    apply(scaler(bounds));
  }

  /** Where agents accept. */
  List<InetSocketAddress> agents() {
    return web.values().stream()
        .map(port -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .toList();
  }

  private interface Question<T> {
    T ask(Admin admin);
  }

  /** Of the first controller that answers. */
  private <T> T ask(Question<T> question) {
    return Await.value(
        "a controller to answer",
        SOON,
        () -> {
          for (Map.Entry<String, Admin> each : admins.entrySet()) {
            Child child = controllers.get(each.getKey());
            if (child != null && child.alive()) {
              try {
                return Optional.of(question.ask(each.getValue()));
              } catch (StatusRuntimeException away) {
                // The next one, perhaps.
              }
            }
          }
          return Optional.empty();
        });
  }

  public ScalerStatus status() {
    return ask(admin -> admin.get("Scaler", SCALER)).getScaler().getStatus();
  }

  /** What was decided about how many there are, oldest first. */
  List<ScaleDecided> decisions() {
    return ask(Admin::decisions).stream()
        .filter(Decision::hasScale)
        .map(Decision::getScale)
        .toList();
  }

  /** Waits until just so many serve and nothing starts or ends. */
  public void awaitServing(int count) {
    Await.until(
        count + " origins to serve, and no others",
        SOON,
        () -> {
          ScalerStatus status = status();
          return status.getCurrent() == count
              && status.getStarting() == 0
              && status.getEnding() == 0
              && running().size() == count;
        });
  }

  /** Waits for an instance in that state. */
  public void await(InstanceState state) {
    Await.until(
        "an instance to be " + state,
        SOON,
        () ->
            status().getInstancesList().stream()
                .map(ScaledInstance::getState)
                .anyMatch(state::equals));
  }

  /** Waits until the number there is to be is that. */
  public void awaitDesired(int count) {
    Await.until(count + " to be desired", SOON, () -> status().getDesired() == count);
  }

  /** Ports at which an origin listens. */
  public Set<Integer> running() {
    Set<Integer> running = new TreeSet<>();
    for (int port = firstPort; port < firstPort + ORIGINS; port++) {
      if (listens(port)) {
        running.add(port);
      }
    }
    return running;
  }

  private static boolean listens(int port) {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** SIGKILL; its name. */
  public String killLeader() {
    String leader =
        ask(Admin::cluster).getControllersList().stream()
            .filter(ControllerStatus::getLeading)
            .map(ControllerStatus::getAddress)
            .flatMap(at -> controllerPorts.keySet().stream().filter(one -> address(one).equals(at)))
            .findFirst()
            .orElseThrow();
    Child child = Objects.requireNonNull(controllers.get(leader));
    child.kill();
    child.awaitExit(SOON);
    return leader;
  }

  /** One that was killed, again. */
  public void startAgain(String controller) {
    startController(controller);
    Fleet.awaitController(Objects.requireNonNull(controllers.get(controller)));
  }

  /** What the processes said last, for whoever has to find out why. */
  public String logs() {
    StringBuilder logs = new StringBuilder();
    for (Child child : fleet.children()) {
      String tail = child.tail(30);
      if (!tail.isBlank() && !child.name().equals("ctl")) {
        logs.append("--- ").append(child.name()).append('\n').append(tail).append('\n');
      }
    }
    return logs.toString();
  }

  @Override
  public void close() {
    admins.values().forEach(Admin::close);
    // First, so that nobody starts origins again.
    controllers.values().forEach(Child::kill);
    running().forEach(ScaleSite::exit);
    fleet.close();
    if (etcd != null) {
      etcd.close();
    }
  }

  private static void exit(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write("GET /exit HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().read();
    } catch (IOException e) {
      // It has ended.
    }
  }
}
