package io.weir.e2e.live;

/** What can be started, and the folder of {@code target/dist} that holds its class path. */
public enum Program {
  CONTROLLER("controller", "io.weir.controller.ControllerMain"),
  AGENT("agent", "io.weir.agent.AgentMain"),
  CTL("cli", "io.weir.cli.Main"),
  ORIGIN("e2e", "io.weir.e2e.demo.Origin"),
  DEMO("e2e", "io.weir.e2e.demo.Demo"),
  STORE_WRITER("controller", "io.weir.e2e.crash.StoreWriter");

  final String folder;
  final String mainClass;

  Program(String folder, String mainClass) {
    this.folder = folder;
    this.mainClass = mainClass;
  }

  /** The class that {@code weir} starts. */
  public String mainClass() {
    return mainClass;
  }
}
