package io.weir.e2e.delivery;

import io.netty.util.internal.PlatformDependent;
import io.weir.controller.Compilers;
import io.weir.controller.Controller;
import io.weir.controller.ControllerConfig;
import io.weir.controller.StartupException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * A controller process that answers questions on its standard input, one a line:
 *
 * <ul>
 *   <li>{@code settled N}: once every connected agent runs what it should as of revision N, {@code
 *       settled N AT}, where AT is the machine's monotonic clock, ns
 *   <li>{@code memory}: {@code memory HEAP DIRECT RSS}, bytes, after a full collection
 *   <li>{@code counters}: {@code counters RESOURCES MESSAGES SENT}
 * </ul>
 *
 * It ends with its standard input.
 */
public final class Probe {
  private Probe() {}

  /** Port, data directory. */
  public static void main(String[] args) throws IOException, StartupException {
    ControllerConfig config =
        new ControllerConfig(
            "bench",
            new ControllerConfig.Listen("127.0.0.1", Integer.parseInt(args[0])),
            new ControllerConfig.Storage.Embedded(Path.of(args[1])),
            1_000);
    Controller controller = Controller.start(config, InstantSource.system());
    Compilers.giveWay();
    say("ready " + controller.port() + " " + controller.epoch());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "settled" -> {
          var _ =
              controller
                  .settled(Long.parseLong(words[1]))
                  .thenRun(() -> say("settled " + words[1] + " " + System.nanoTime()));
        }
        case "memory" -> say("memory " + heap() + " " + direct() + " " + rss());
        case "counters" -> {
          var made = controller.serializations();
          say("counters " + made.resources() + " " + made.messages() + " " + made.sentTotal());
        }
        default -> say("unknown " + line);
      }
    }
    System.exit(0);
  }

  private static void say(String line) {
    synchronized (System.out) {
      System.out.println(line);
      System.out.flush();
    }
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long direct() {
    long pools =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return Math.max(0, PlatformDependent.usedDirectMemory()) + pools;
  }

  private static long rss() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum()
          * 1024;
    } catch (IOException e) {
      return 0;
    }
  }
}
