package io.weir.e2e.delivery;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A process on one core, of this JVM's own classes, that is asked on its standard input. */
public final class Asked implements AutoCloseable {
  private static final long PATIENCE = 120;
  private static final long LAST = 10;

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  /**
   * @param core the only one it may use
   * @param options of its JVM
   * @param log of what it says on its standard error
   */
  public Asked(int core, List<String> options, Class<?> main, List<String> args, Path log) {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", Integer.toString(core)));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(args);
    try {
      process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name("answers").start(this::read);
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      // It was killed.
    }
    lines.add("");
  }

  public void ask(String question) {
    try {
      OutputStream out = process.getOutputStream();
      out.write((question + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The words after {@code what} of the next line that begins with it; others are dropped.
   *
   * @throws IllegalStateException when it ended, or said nothing for two minutes
   */
  public List<String> answer(String what) {
    try {
      while (true) {
        String line = lines.poll(PATIENCE, TimeUnit.SECONDS);
        if (line == null || line.isEmpty()) {
          throw new IllegalStateException("no answer to " + what);
        }
        List<String> words = List.of(line.split(" ", -1));
        if (words.getFirst().equals(what)) {
          return words.subList(1, words.size());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + what, e);
    }
  }

  public long pid() {
    return process.pid();
  }

  /** As by {@code kill -9}, and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends its standard input, with which it ends. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor(LAST, TimeUnit.SECONDS);
    } catch (IOException e) {
      // It is gone already.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    kill();
  }
}
