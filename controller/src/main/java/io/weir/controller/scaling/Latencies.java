package io.weir.controller.scaling;

import java.util.List;

/**
 * How many answers took how long.
 *
 * @param micros upper bounds of the buckets, in microseconds, ascending
 * @param counts as many as there are bounds, none below 0
 */
public record Latencies(List<Long> micros, List<Long> counts) {
  public static final Latencies NONE = new Latencies(List.of(), List.of());

  public Latencies {
    micros = List.copyOf(micros);
    counts = List.copyOf(counts);
    if (micros.size() != counts.size()) {
      throw new IllegalArgumentException(micros.size() + " bounds, " + counts.size() + " counts");
    }
  }

  public long total() {
    return counts.stream().mapToLong(Long::longValue).sum();
  }
}
