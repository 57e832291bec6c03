package io.weir.cli.yaml;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of data as people write them: {@code 32KiB}, {@code 10MiB}, {@code 1GiB}. */
public final class Sizes {
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,19})(B|KiB|MiB|GiB)");
  private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB");

  private Sizes() {}

  /** In bytes; empty when {@code text} is no size or above 2^63 - 1 bytes. */
  public static Optional<Long> parse(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      return Optional.empty();
    }
    BigInteger bytes = new BigInteger(size.group(1)).shiftLeft(10 * UNITS.indexOf(size.group(2)));
    return bytes.bitLength() < Long.SIZE ? Optional.of(bytes.longValueExact()) : Optional.empty();
  }

  /** Whether a unit above the byte fits. */
  static boolean hasUnit(long bytes) {
    return bytes > 0 && bytes % 1024 == 0;
  }

  /** The largest unit that fits: what {@link #parse} reads back. */
  public static String format(long bytes) {
    int unit = UNITS.size() - 1;
    while (unit > 0 && (bytes <= 0 || bytes % (1L << (10 * unit)) != 0)) {
      unit--;
    }
    return (bytes >> (10 * unit)) + UNITS.get(unit);
  }
}
