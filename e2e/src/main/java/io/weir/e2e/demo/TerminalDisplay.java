package io.weir.e2e.demo;

import io.weir.e2e.load.Load;
import io.weir.e2e.load.Window;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lines that stay, and below them one block that is drawn again four times a second. */
final class TerminalDisplay implements Display {
  private static final int WIDTH = 40;
  private static final long PERIOD_MILLIS = 250;

  private final PrintStream out;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
  private final Map<String, Long> served = new LinkedHashMap<>();
  private Map<String, Double> declared = Map.of();
  private @Nullable Window window;
  private @Nullable Load load;
  private String title = "";
  private long requests;
  private long drawnNanos = System.nanoTime();
  private int height;

  TerminalDisplay(PrintStream out) {
    this.out = out;
    var _ =
        timer.scheduleAtFixedRate(this::draw, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public synchronized void say(String line) {
    erase();
    out.println(line);
    out.flush();
  }

  @Override
  public synchronized void load(Load load) {
    this.load = load;
  }

  @Override
  public synchronized void phase(String title, Map<String, Double> declared) {
    this.title = title;
    this.declared = declared;
  }

  private synchronized void draw() {
    Load load = this.load;
    if (load == null) {
      return;
    }
    long now = System.nanoTime();
    long total = load.requests();
    double seconds = (now - drawnNanos) / 1e9;
    Map<String, Long> since = since(load.window());
    long sum = Math.max(1, since.values().stream().mapToLong(Long::longValue).sum());
    var block = new StringBuilder("\n  ").append(title).append("\n\n");
    declared.forEach((endpoint, share) -> {
      double measured = (double) since.getOrDefault(endpoint, 0L) / sum;
      int bar = (int) Math.round(measured * WIDTH);
      block.append(
          "  %-9s %s%s %5.1f %%   declared %5.1f %%\n"
              .formatted(
                  endpoint, "█".repeat(bar), "·".repeat(WIDTH - bar), 100 * measured, 100 * share));
    });
    block.append(
        "\n  %,.0f requests/s   %,d requests   %,d failed   slowest of this phase %.0f ms\n"
            .formatted(
                (total - requests) / seconds,
                total,
                load.failed(),
                load.window().slowestNanos() / 1e6));
    requests = total;
    drawnNanos = now;
    erase();
    out.print(block);
    out.flush();
    height = (int) block.chars().filter(c -> c == '\n').count();
  }

  /** Requests served by each endpoint since the last time. */
  private Map<String, Long> since(Window current) {
    if (current != window) {
      window = current;
      served.clear();
    }
    var since = new LinkedHashMap<String, Long>();
    for (String endpoint : declared.keySet()) {
      long now = current.served(endpoint);
      since.put(endpoint, now - served.getOrDefault(endpoint, 0L));
      served.put(endpoint, now);
    }
    return since;
  }

  private void erase() {
    if (height > 0) {
      out.print("\u001b[" + height + "A\u001b[J");
      height = 0;
    }
  }

  @Override
  public synchronized void close() {
    timer.shutdownNow();
    load = null;
    erase();
    out.flush();
  }
}
