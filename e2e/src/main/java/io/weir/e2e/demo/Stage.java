package io.weir.e2e.demo;

import io.weir.e2e.live.Admin;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The processes of the demo: a controller, agents {@code a} and {@code b}, origins, and the
 * configuration of {@code deploy/demo} with free ports in place of those it names.
 */
final class Stage {
  static final String ORIGIN_1 = "origin-1";
  static final String ORIGIN_2 = "origin-2";
  static final String BACKUP = "backup";
  static final String POOL = "backend";
  static final List<String> AGENTS = List.of("a", "b");

  private static final List<String> CONFIG = List.of("pool.yaml", "listeners.yaml", "route.yaml");

  private final Fleet fleet;
  private final Map<String, Integer> originPorts = new LinkedHashMap<>();
  private final Map<String, Integer> agentPorts = new LinkedHashMap<>();
  private final Map<String, Child> origins = new LinkedHashMap<>();
  private Fleet.Server controller;

  /** Starts everything, applies the configuration, and waits until every agent runs it. */
  Stage(Fleet fleet) {
    this.fleet = fleet;
    List.of(ORIGIN_1, ORIGIN_2, BACKUP).forEach(name -> originPorts.put(name, Ports.free()));
    AGENTS.forEach(name -> agentPorts.put(name, Ports.free()));
    originPorts.forEach((name, port) -> origins.put(name, fleet.startOrigin(name, port)));
    controller = fleet.controller("127.0.0.1:0");
    AGENTS.forEach(name -> fleet.agent(name, controller.address()));
    fleet.ctl(controller.address(), "apply", "-f", writeConfig().toString()).orThrow();
    origins.values().forEach(Fleet::awaitOrigin);
    settle(List.of());
  }

  Fleet.Server controller() {
    return controller;
  }

  List<InetSocketAddress> agents() {
    return agentPorts.values().stream()
        .map(port -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .toList();
  }

  String address(String origin) {
    return "127.0.0.1:" + originPorts.get(origin);
  }

  String ctl(String... args) {
    return fleet.ctl(controller.address(), args).orThrow();
  }

  /**
   * Waits until both agents run the pool as it is declared now, both agree on who is down, and the
   * pool is at its backup if both primaries are.
   *
   * @param down names of origins
   */
  void settle(List<String> down) {
    try (var admin = new Admin(controller.address())) {
      admin.awaitSynced(AGENTS, admin.get("Pool", POOL).getMetadata().getRevision());
      admin.awaitHealth(POOL, down.stream().map(this::address).toList(), AGENTS.size());
      admin.awaitFloor(POOL, down.containsAll(List.of(ORIGIN_1, ORIGIN_2)) ? 1 : 0);
    }
  }

  /** SIGKILL; the instant before it. */
  long kill(String origin) {
    long now = System.nanoTime();
    child(origin).kill();
    return now;
  }

  /** Starts origins that were killed, on the ports they had. */
  void restart(List<String> names) {
    names.forEach(name -> origins.put(name, fleet.startOrigin(name, port(name))));
    names.forEach(name -> Fleet.awaitOrigin(child(name)));
  }

  void killController() {
    controller.child().kill();
    Await.until("the controller to be gone", Fleet.START, () -> !controller.child().alive());
  }

  /** On the address and the data it had. */
  void restartController() {
    controller = fleet.controller(controller.address());
  }

  private Child child(String origin) {
    Child child = origins.get(origin);
    if (child == null) {
      throw new IllegalArgumentException(origin);
    }
    return child;
  }

  private int port(String origin) {
    return originPorts.getOrDefault(origin, 0);
  }

  private Path writeConfig() {
    Path from = fleet.programs().home().resolve("deploy/demo");
    var ports = new LinkedHashMap<String, String>();
    ports.put("127.0.0.1:9001", address(ORIGIN_1));
    ports.put("127.0.0.1:9002", address(ORIGIN_2));
    ports.put("127.0.0.1:9003", address(BACKUP));
    ports.put("127.0.0.1:8081", "127.0.0.1:" + agentPorts.get("a"));
    ports.put("127.0.0.1:8082", "127.0.0.1:" + agentPorts.get("b"));
    try {
      Path to = Files.createDirectory(fleet.dir().resolve("config"));
      for (String file : CONFIG) {
        String text = Files.readString(from.resolve(file));
        for (Map.Entry<String, String> port : ports.entrySet()) {
          text = text.replace(port.getKey(), port.getValue());
        }
        Files.writeString(to.resolve(file), text);
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
