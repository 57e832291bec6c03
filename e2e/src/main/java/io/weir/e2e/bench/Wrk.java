package io.weir.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs wrk: keep-alive connections, each with one request under way.
 *
 * @param script load.lua, written out
 */
record Wrk(Layout layout, Path script) {
  static Wrk in(Path folder, Layout layout) {
    return new Wrk(layout, new Template("load.lua").write(folder, Map.of(), Template.TAGS));
  }

  /** Blocks for {@code time} and a little more. */
  WrkResult run(int port, String path, int connections, Duration time) throws InterruptedException {
    return await(start(port, path, connections, time));
  }

  /** For who has to do something meanwhile. */
  Process start(int port, String path, int connections, Duration time) {
    try {
      return new ProcessBuilder(command(port, path, connections, time))
          .redirectErrorStream(true)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> command(int port, String path, int connections, Duration time) {
    var command = new ArrayList<>(layout.pinnedLoad());
    command.addAll(List.of("wrk", "--latency", "-t", Integer.toString(layout.cores())));
    command.addAll(List.of("-c", Integer.toString(connections)));
    command.addAll(List.of("-d", time.toSeconds() + "s", "--timeout", "10s"));
    command.addAll(List.of("-s", script.toString(), "http://127.0.0.1:" + port + path));
    return command;
  }

  static WrkResult await(Process wrk) throws InterruptedException {
    try {
      String output = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      wrk.waitFor();
      return WrkResult.parse(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
