package io.weir.e2e.bench;

import io.weir.e2e.live.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The nginx that all contenders balance over: three ports, bodies of fixed sizes. */
final class Origins implements AutoCloseable {
  private static final int KIB = 1024;

  private final List<Integer> ports;
  private final Launched process;

  private Origins(List<Integer> ports, Launched process) {
    this.ports = ports;
    this.process = process;
  }

  /**
   * Beside the load, with as many workers as the layout has cores.
   *
   * @param folder its own; exists
   */
  static Origins start(Installed nginx, Path folder, Layout layout) {
    Path bodies = Folders.create(folder, "bodies");
    write(bodies.resolve("64k"), 64 * KIB);
    write(bodies.resolve("1m"), KIB * KIB);
    List<Integer> ports = List.of(Ports.free(), Ports.free(), Ports.free());
    var assignment =
        new Assignment(folder, ports.getFirst(), ports, layout, new Settings(false, false));
    Map<String, String> values = assignment.values(folder);
    values.put("body128", "x".repeat(128));
    values.put("body1k", "x".repeat(KIB));
    Path config = new Template("origin.conf").write(folder, values, assignment.tags());
    var command = new ArrayList<>(layout.pinnedLoad());
    command.addAll(
        List.of(nginx.binary().toString(), "-p", folder.toString(), "-c", config.toString()));
    Launched process = Launched.start("origin", folder, command, Map.of());
    try {
      ports.forEach(process::awaitListening);
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
    return new Origins(ports, process);
  }

  List<Integer> ports() {
    return ports;
  }

  @Override
  public void close() {
    process.close();
  }

  private static void write(Path file, int size) {
    try {
      Files.writeString(file, "x".repeat(size));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
