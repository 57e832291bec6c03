package io.weir.e2e.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The processes of one demo or test, in one folder of its own. Closing it kills them all and
 * removes the folder. Safe for use by several threads, as a shutdown hook is one.
 */
public final class Fleet implements AutoCloseable {
  /** Generous, for a machine with better things to do. */
  public static final Duration START = Duration.ofSeconds(60);

  private static final Pattern CONTROLLER_READY =
      Pattern.compile("weir controller ready on (\\S+) .*\\R");
  private static final Pattern AGENT_READY =
      Pattern.compile("weir agent (\\S+) ready at revision (\\d+) .*\\R");
  private static final Pattern ORIGIN_READY = Pattern.compile("origin \\S+ ready on (\\S+)\\R");

  /** What a process that is killed cannot remove goes with the folder. */
  private static final String TMP = "tmp";

  private final Programs programs;
  private final Path dir;
  private final List<Child> children = new ArrayList<>();
  private String javaOptions = "";
  private int started;
  private boolean closed;

  private Fleet(Programs programs, Path dir) {
    this.programs = programs;
    this.dir = dir;
  }

  /** In a new folder below the system's one for temporary files. */
  public static Fleet create(Programs programs) {
    try {
      Path dir = Files.createTempDirectory("weir-fleet-");
      Files.createDirectory(dir.resolve(TMP));
      return new Fleet(programs, dir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where data and logs are. */
  public Path dir() {
    return dir;
  }

  public Programs programs() {
    return programs;
  }

  /** Every process started so far, those that ended too. */
  public synchronized List<Child> children() {
    return List.copyOf(children);
  }

  /** Options of the JVM for whatever is started from now on; empty: none. */
  public synchronized void javaOptions(String options) {
    javaOptions = options;
  }

  /** Starts {@code program} and waits for nothing. */
  public Child start(String name, Program program, List<String> args) {
    return start(List.of(), name, program, args);
  }

  private synchronized Child start(
      List<String> before, String name, Program program, List<String> args) {
    if (closed) {
      throw new IllegalStateException("the fleet is closed");
    }
    String file = "%03d-%s".formatted(started++, name);
    Path out = dir.resolve(file + ".out");
    Path err = dir.resolve(file + ".err");
    var command = new ArrayList<>(before);
    command.addAll(programs.command(program, dir.resolve(TMP), args));
    try {
      var builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      // What is set for the caller's own programs must not reach these.
      builder.environment().keySet().removeIf(key -> key.startsWith("WEIR_"));
      builder.environment().put("WEIR_TIMEOUT", START.toSeconds() + "s");
      // Any port, as several agents share the host.
      builder.environment().put("WEIR_GOSSIP", before.isEmpty() ? "127.0.0.1:0" : "0.0.0.0:0");
      // Namespaces of this machine are other hosts to a process; certificates are tested apart.
      builder.environment().put("WEIR_INSECURE_PLAINTEXT", "true");
      if (!javaOptions.isEmpty()) {
        builder.environment().put("JAVA_TOOL_OPTIONS", javaOptions);
      }
      builder.environment().put("WEIR_AUDIT_LOG", dir.resolve(name + ".audit").toString());
      var child = new Child(name, builder.start(), out, err);
      children.add(child);
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A controller with an embedded store that serves; started again, it finds its data again. */
  public Server controller(String listen) {
    Child child =
        start(
            "controller",
            Program.CONTROLLER,
            List.of("--listen", listen, "--data-dir", dir.resolve("controller").toString()));
    return new Server(child, child.awaitOutput(CONTROLLER_READY, START).group(1));
  }

  /**
   * One of several controllers that share a store, started but not waited for.
   *
   * @param more options, those of the store among them
   */
  public Child startController(String name, String listen, List<String> more) {
    return startController(List.of(), name, listen, more);
  }

  /**
   * As {@link #startController(String, String, List)}.
   *
   * @param enter what its command line begins with, to run it in a namespace
   */
  public Child startController(List<String> enter, String name, String listen, List<String> more) {
    List<String> options = new ArrayList<>(List.of("--listen", listen));
    options.addAll(more);
    return start(enter, name, Program.CONTROLLER, options);
  }

  /** Waits until {@code controller} serves; where. */
  public static Server awaitController(Child controller) {
    return new Server(controller, controller.awaitOutput(CONTROLLER_READY, START).group(1));
  }

  /**
   * An agent, started but not waited for: it is ready only once it has something to run.
   *
   * @param more options
   */
  public Child agent(String name, String controller, String... more) {
    return start(List.of(), "agent-" + name, Program.AGENT, agentOptions(name, controller, more));
  }

  /** An agent that lives in {@code namespace}. */
  public Child agent(Namespace namespace, String name, String controller, String... more) {
    return start(
        namespace.enter(), "agent-" + name, Program.AGENT, agentOptions(name, controller, more));
  }

  private List<String> agentOptions(String name, String controller, String... more) {
    var options =
        new ArrayList<>(
            List.of(
                "--controller",
                controller,
                "--name",
                name,
                "--label",
                "host=" + name,
                "--data-dir",
                dir.resolve("agent-" + name).toString(),
                "--drain-time",
                "1s"));
    options.addAll(List.of(more));
    return options;
  }

  /** Waits for the first snapshot that {@code agent} runs; its revision. */
  public static long awaitReady(Child agent) {
    return Long.parseLong(agent.awaitOutput(AGENT_READY, START).group(2));
  }

  /** An origin that answers with its name, started but not waited for. */
  public Child startOrigin(String name, int port) {
    return start(name, Program.ORIGIN, List.of(name, Integer.toString(port)));
  }

  /** As {@link #startOrigin(String, int)}, on an address of this machine. */
  public Child startOrigin(String name, String host) {
    return start(name, Program.ORIGIN, List.of(name, host + ":" + Ports.free()));
  }

  /** Waits until {@code origin} listens; its address. */
  public static String awaitOrigin(Child origin) {
    return origin.awaitOutput(ORIGIN_READY, START).group(1);
  }

  /** Runs {@code weir ctl} to its end. */
  public Ran ctl(String controller, String... args) {
    var all = new ArrayList<>(List.of("--controller", controller));
    all.addAll(List.of(args));
    Child child = start("ctl", Program.CTL, all);
    return new Ran(child.awaitExit(START), child.out(), child.err());
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    children.forEach(Child::kill);
    children.forEach(child -> child.awaitExit(START));
    try (var files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A process that listens on {@code address}. */
  public record Server(Child child, String address) {}

  /** What a command left: exit status, standard output, standard error. */
  public record Ran(int exit, String out, String err) {
    /**
     * For commands that have to succeed.
     *
     * @throws IllegalStateException with what it said, when it did not
     */
    public String orThrow() {
      if (exit != 0) {
        throw new IllegalStateException("weir ctl ended with status " + exit + ": " + err);
      }
      return out;
    }
  }
}
