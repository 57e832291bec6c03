package io.weir.cli.view;

import com.google.protobuf.Duration;
import io.weir.v1.EndpointAvailability;
import io.weir.v1.PoolAvailability;
import io.weir.v1.Uptime;
import java.util.List;
import java.util.Locale;

/** Time up and down as a table. */
public final class AvailabilityRows {
  private AvailabilityRows() {}

  public static Table of(List<PoolAvailability> pools, boolean endpoints) {
    Table table =
        new Table(
            List.of("NAME", "AVAILABLE", "OBSERVED", "DOWN", "THIS-MONTH", "LEFT-OF-99.999%"));
    for (PoolAvailability pool : pools) {
      table.row(row("pool/" + pool.getPool(), pool.getTotal()));
      if (endpoints) {
        for (EndpointAvailability endpoint : pool.getEndpointsList()) {
          table.row(row(endpoint.getEndpoint(), endpoint.getTotal()));
        }
      }
    }
    return table;
  }

  private static List<String> row(String name, Uptime uptime) {
    double observed = seconds(uptime.getObserved());
    double down = seconds(uptime.getDown());
    return List.of(
        name,
        observed <= 0
            ? "<unknown>"
            : String.format(Locale.ROOT, "%.4f%%", floor(100 * (observed - down) / observed)),
        Ages.format(java.time.Duration.ofSeconds((long) observed)),
        text(down),
        text(seconds(uptime.getDownThisMonth())),
        observed <= 0 ? "<unknown>" : text(seconds(uptime.getBudgetLeft())));
  }

  /** Rounding never makes it whole. */
  private static double floor(double percent) {
    return Math.floor(percent * 10_000) / 10_000;
  }

  private static String text(double seconds) {
    return String.format(Locale.ROOT, "%.1fs", seconds);
  }

  private static double seconds(Duration duration) {
    return duration.getSeconds() + duration.getNanos() / 1e9;
  }
}
