package io.weir.e2e.live;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace of the kernel's, joined to this one by a pair of interfaces: a host of its
 * own as far as IP is concerned, whose cables can be pulled. Needs root. Its addresses are private
 * ones.
 */
public final class Namespace implements AutoCloseable {
  private static final long SECONDS = 10;

  private final String name;
  private final String outside;
  private final String inside;
  private final String network;

  private Namespace(String name, String network) {
    this.name = name;
    this.outside = name + "o";
    this.inside = name + "i";
    this.network = network;
  }

  /** Why there cannot be any here, as a sentence; empty: there can. */
  public static Optional<String> missing() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("network namespaces need root");
    }
    try (Namespace _ = create()) {
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.of("network namespaces cannot be had: " + e.getMessage());
    }
  }

  /**
   * @throws IllegalStateException with what the system said, when it cannot be had
   */
  public static Namespace create() {
    long pid = ProcessHandle.current().pid();
    for (int attempt = 0; ; attempt++) {
      String name = "weir" + Long.toString((pid * 31 + attempt) % 1_000_000, 36);
      String network = "10.213." + (pid + attempt) % 250 + ".";
      var namespace = new Namespace(name, network);
      try {
        namespace.make();
        return namespace;
      } catch (IllegalStateException e) {
        namespace.close();
        if (attempt == 4) {
          throw e;
        }
      }
    }
  }

  private void make() {
    ip("netns", "add", name);
    ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name);
    ip("addr", "add", address(1) + "/24", "dev", outside);
    ip("addr", "add", address(2) + "/24", "dev", outside);
    ip("addr", "add", address(4) + "/24", "dev", outside);
    ip("link", "set", outside, "up");
    ip("-n", name, "addr", "add", address(3) + "/24", "dev", inside);
    ip("-n", name, "link", "set", inside, "up");
    ip("-n", name, "link", "set", "lo", "up");
  }

  private String address(int host) {
    return network + host;
  }

  /** One address of this side. */
  public String controllerHost() {
    return address(1);
  }

  /** Another address of this side. */
  public String originHost() {
    return address(2);
  }

  /** A third one. */
  public String agentHost() {
    return address(4);
  }

  /** Of the namespace. */
  public String host() {
    return address(3);
  }

  /** From inside, packets to an address of this side go nowhere. */
  public void cut(String address) {
    ip("-n", name, "neigh", "replace", address, "lladdr", "02:00:00:00:00:01", "dev", inside);
  }

  /** They find their way again. */
  public void mend(String address) {
    ip("-n", name, "neigh", "del", address, "dev", inside);
  }

  /** What a command line begins with that is to run inside. */
  List<String> enter() {
    return List.of("ip", "netns", "exec", name);
  }

  @Override
  public void close() {
    run("ip", "netns", "del", name);
    run("ip", "link", "del", outside);
  }

  private static void ip(String... args) {
    String[] command = new String[args.length + 1];
    command[0] = "ip";
    System.arraycopy(args, 0, command, 1, args.length);
    String error = run(command);
    if (!error.isEmpty()) {
      throw new IllegalStateException(String.join(" ", command) + ": " + error);
    }
  }

  /** What went wrong; empty: nothing. */
  private static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "it did not end";
      }
      return process.exitValue() == 0 ? "" : said.isBlank() ? "it failed" : said.strip();
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
