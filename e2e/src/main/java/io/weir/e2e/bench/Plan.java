package io.weir.e2e.bench;

import java.time.Duration;
import java.util.List;

/**
 * What is measured, and for how long.
 *
 * @param name what figures begin with
 * @param sizes paths of the origin
 * @param rounds in each of which every contender has one turn
 * @param turn how long a turn lasts
 * @param warmUp how long a contender with a compiler to warm up is loaded before the first round
 */
record Plan(
    String name,
    Measure measure,
    List<String> sizes,
    List<Integer> connections,
    List<Layout> layouts,
    int rounds,
    Duration turn,
    WarmUp warmUp,
    Settings settings) {
  /** For contenders that run at full speed from the start. */
  static final WarmUp NO_COMPILER = new WarmUp(WarmUp.SLICE, WarmUp.SLICE);

  /** Until all contenders of a stage listen. */
  static final Duration START = Duration.ofSeconds(8);

  /** System calls and allocation. */
  static final Duration AFTER = Duration.ofSeconds(10);

  /** wrk takes a moment to connect and to end. */
  private static final Duration EXTRA = Duration.ofMillis(250);

  /** All combinations for one layout. */
  List<Cell> cells(Layout layout) {
    return sizes.stream()
        .flatMap(size -> connections.stream().map(count -> new Cell(layout, size, count)))
        .toList();
  }

  /** How long all of it takes, roughly. */
  Duration total(int contenders) {
    long turns = (long) layouts.size() * sizes.size() * connections.size() * rounds * contenders;
    long starts = layouts.size();
    return turn.plus(EXTRA)
        .multipliedBy(turns)
        .plus(warmUp.least().plus(START).multipliedBy(starts))
        .plus(warmUp.again().least().multipliedBy(starts * (sizes.size() - 1L)))
        .plus(NO_COMPILER.least().multipliedBy(starts * (contenders - 1L)))
        .plus(AFTER.multipliedBy(starts));
  }
}
