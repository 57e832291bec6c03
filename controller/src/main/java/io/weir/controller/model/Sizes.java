package io.weir.controller.model;

import io.weir.v1.Size;
import java.util.List;

/** Sizes of resources: bounds, and how a person writes them. */
final class Sizes {
  private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB");

  private Sizes() {}

  static long kib(long n) {
    return n << 10;
  }

  /** {@code size} must be within the bounds, in bytes; {@link Long#MAX_VALUE}: no upper bound. */
  static void range(Problems.On on, String field, Size size, long least, long most) {
    long bytes = size.getBytes();
    if (bytes < least || bytes > most) {
      String bounds =
          most == Long.MAX_VALUE
              ? "at least " + text(least)
              : "%s to %s".formatted(text(least), text(most));
      on.add(field, "must be %s, is %s".formatted(bounds, text(bytes)));
    }
  }

  /** As it is written in YAML: "32KiB", "10MiB"; "1000B" where no unit fits. */
  static String text(long bytes) {
    int unit = UNITS.size() - 1;
    while (unit > 0 && (bytes == 0 || bytes % (1L << (10 * unit)) != 0)) {
      unit--;
    }
    return (bytes >> (10 * unit)) + UNITS.get(unit);
  }
}
