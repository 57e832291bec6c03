package io.weir.e2e.bench;

import io.weir.e2e.live.Admin;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Programs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Weir's agent, started by {@code weir agent} as anyone starts it. A controller gives it its
 * configuration.
 *
 * @param programs of the checkout
 * @param template weir.yaml or weir-tcp.yaml
 * @param controllerStays false: it is stopped once the agent runs its configuration, and the agent
 *     goes on alone
 */
record Weir(Programs programs, Template template, boolean controllerStays) implements Contender {
  static final String NAME = "weir";
  static final String POOL = "origins";

  /** No listener leads to it. */
  static final String OTHER_POOL = "elsewhere";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String described() {
    String version = Weir.class.getPackage().getImplementationVersion();
    return version == null ? NAME : NAME + " " + version;
  }

  @Override
  public Running start(Assignment assignment) {
    return startControlled(assignment).running();
  }

  /** As {@link #start}, for who talks to the controller, too. */
  Controlled startControlled(Assignment assignment) {
    Path folder = assignment.folder();
    Path config = template.write(folder, assignment.values(folder), assignment.tags());
    Fleet fleet = Fleet.create(programs);
    Runtime.getRuntime().addShutdownHook(new Thread(fleet::close, "stop the controller"));
    Running running = null;
    try {
      Fleet.Server controller = fleet.controller("127.0.0.1:0");
      Launched agent =
          Launched.start(NAME, folder, command(assignment, controller.address()), environment());
      running = new Running(NAME, agent, assignment.listen(), folder, fleet::close);
      fleet.ctl(controller.address(), "apply", "-f", config.toString()).orThrow();
      agent.awaitListening(assignment.listen());
      try (var admin = new Admin(controller.address())) {
        admin.awaitSynced(List.of(NAME), admin.get("Pool", POOL).getMetadata().getRevision());
      }
      if (!controllerStays) {
        controller.child().stop();
        controller.child().awaitExit(Fleet.START);
      }
      return new Controlled(running, controller);
    } catch (RuntimeException e) {
      if (running == null) {
        fleet.close();
      } else {
        running.close();
      }
      throw e;
    }
  }

  /** An agent and its controller. */
  record Controlled(Running running, Fleet.Server controller) {}

  private List<String> command(Assignment assignment, String controller) {
    Path folder = assignment.folder();
    var command = new ArrayList<>(assignment.layout().pinnedProxy());
    command.addAll(List.of(programs.home().resolve("weir").toString(), "agent"));
    command.addAll(List.of("--controller", controller, "--name", NAME));
    command.addAll(List.of("--data-dir", folder.resolve("agent").toString()));
    command.addAll(List.of("--event-loops", Integer.toString(assignment.layout().cores())));
    command.addAll(List.of("--drain-time", "1s", "--gossip", "off"));
    command.add("--access-log");
    command.add(
        assignment.settings().accessLog() ? folder.resolve("access.log").toString() : "off");
    return command;
  }

  /** What is in target/dist, on this JDK. */
  private static Map<String, String> environment() {
    return Map.of("WEIR_NO_BUILD", "1", "WEIR_JAVA_HOME", System.getProperty("java.home"));
  }
}
