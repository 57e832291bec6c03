package io.weir.controller.scaling;

import java.util.Locale;

/** Numbers as they stand in sentences. */
final class Figures {
  private Figures() {}

  static String number(double value) {
    double size = Math.abs(value);
    return size >= 20 || value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, size >= 1 ? "%.1f" : "%.2f", value);
  }

  static String millis(double micros) {
    return micros >= 1e6
        ? String.format(Locale.ROOT, "%.1f s", micros / 1e6)
        : micros >= 1e4
            ? String.format(Locale.ROOT, "%.0f ms", micros / 1e3)
            : String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
  }

  static String endpoints(int count) {
    return count == 1 ? "1 endpoint" : count + " endpoints";
  }
}
