package io.weir.agent.probe;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.probe.ProbeResult.Failed;
import io.weir.agent.probe.ProbeResult.Passed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program, with nothing on its input and nothing in its environment but PATH. It and all that it
 * started are killed when it is late.
 */
final class ExecProbes implements ProbeClient.Kind<Probe.Exec> {
  /** Of its output; more is thrown away. */
  private static final int MAX_OUTPUT = 4 << 10;

  private static final int MAX_REASON = 200;

  @Override
  public void probe(
      Endpoint endpoint, Probe.Exec probe, Duration timeout, ProbeClient.Answer result) {
    Thread.ofVirtual()
        .name("weir-exec-probe")
        .start(() -> result.is(run(command(endpoint, probe), timeout)));
  }

  private static List<String> command(Endpoint endpoint, Probe.Exec probe) {
    List<String> command = new ArrayList<>();
    command.add(probe.command());
    for (String arg : probe.args()) {
      command.add(
          arg.replace("{host}", endpoint.host())
              .replace("{port}", Integer.toString(endpoint.port())));
    }
    return command;
  }

  private static ProbeResult run(List<String> command, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    Process process;
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      Map<String, String> environment = builder.environment();
      String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
      environment.clear();
      environment.put("PATH", path);
      process = builder.start();
      process.getOutputStream().close();
    } catch (IOException e) {
      return new Failed("cannot run " + command.getFirst() + ": " + e.getMessage());
    }
    CompletableFuture<String> said =
        CompletableFuture.supplyAsync(
            () -> read(process.getInputStream()), Thread::startVirtualThread);
    try {
      if (!process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return new Failed(Failures.late(timeout));
      }
      int status = process.exitValue();
      if (status == 0) {
        return new Passed();
      }
      // What it said is there by now unless somebody else holds its output open.
      String all = said.completeOnTimeout("", 50, TimeUnit.MILLISECONDS).join();
      String line = all.strip().lines().findFirst().orElse("");
      String why = line.substring(0, Math.min(MAX_REASON, line.length()));
      return new Failed("exit status " + status + (why.isEmpty() ? "" : ": " + why));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Failed("interrupted");
    } finally {
      kill(process);
    }
  }

  private static void kill(Process process) {
    try (Stream<ProcessHandle> children = process.descendants()) {
      List<ProcessHandle> all = children.toList();
      process.destroyForcibly();
      all.forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** To the end, so that it never waits for a reader. */
  private static String read(InputStream from) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] bytes = new byte[1_024];
    try (from) {
      for (int n = from.read(bytes); n >= 0; n = from.read(bytes)) {
        kept.write(bytes, 0, Math.min(n, MAX_OUTPUT - kept.size()));
      }
    } catch (IOException _) {
      // It is gone, or its output is closed.
    }
    return kept.toString(StandardCharsets.UTF_8);
  }
}
