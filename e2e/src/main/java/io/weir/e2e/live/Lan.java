package io.weir.e2e.live;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A bridge of this machine with one network namespace for each host on it, whose link can be cut.
 * Needs root. Links and namespaces are gone when it is closed.
 */
public final class Lan implements AutoCloseable {
  private static final long SECONDS = 10;
  private static final int ATTEMPTS = 5;

  private final String name;
  private final String network;
  private final int hosts;

  private Lan(String name, String network, int hosts) {
    this.name = name;
    this.network = network;
    this.hosts = hosts;
  }

  /**
   * @throws IllegalStateException with what the system said, when it cannot be had
   */
  public static Lan create(int hosts) {
    long pid = ProcessHandle.current().pid();
    for (int attempt = 1; ; attempt++) {
      Lan lan =
          new Lan(
              "wl" + Long.toString((pid * 31 + attempt) % 1_000_000, 36),
              "10.214." + (pid + attempt) % 250 + ".",
              hosts);
      try {
        lan.make();
        // Unlike processes, namespaces outlive whoever made them.
        Runtime.getRuntime().addShutdownHook(new Thread(lan::close, "lan-close"));
        return lan;
      } catch (IllegalStateException e) {
        lan.close();
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void make() {
    ip("link", "add", name, "type", "bridge");
    ip("addr", "add", network + "1/24", "dev", name);
    ip("link", "set", name, "up");
    for (int host = 0; host < hosts; host++) {
      String space = space(host);
      ip("netns", "add", space);
      ip("link", "add", outside(host), "type", "veth", "peer", "name", "eth0", "netns", space);
      ip("link", "set", outside(host), "master", name, "up");
      ip("-n", space, "addr", "add", address(host) + "/24", "dev", "eth0");
      ip("-n", space, "link", "set", "eth0", "up");
      ip("-n", space, "link", "set", "lo", "up");
    }
  }

  private String space(int host) {
    return name + "n" + host;
  }

  private String outside(int host) {
    return name + "o" + host;
  }

  /** As the other hosts and this process reach it. */
  public String address(int host) {
    return network + (10 + host);
  }

  /** What a command line begins with that is to run there. */
  public List<String> enter(int host) {
    return List.of("ip", "netns", "exec", space(host));
  }

  /** Nothing comes or goes any more; whoever is connected is not told. */
  public void cut(int host) {
    ip("link", "set", outside(host), "down");
  }

  public void mend(int host) {
    ip("link", "set", outside(host), "up");
  }

  @Override
  public void close() {
    for (int host = 0; host < hosts; host++) {
      run(List.of("ip", "link", "del", outside(host)));
      run(List.of("ip", "netns", "del", space(host)));
    }
    run(List.of("ip", "link", "del", name));
  }

  private static void ip(String... args) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(args));
    String error = run(command);
    if (!error.isEmpty()) {
      throw new IllegalStateException(String.join(" ", command) + ": " + error);
    }
  }

  /** What went wrong; empty: nothing. */
  private static String run(List<String> command) {
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
