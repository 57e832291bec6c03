package io.weir.e2e.bench;

/** What CPU time is counted by. */
enum Measure {
  REQUEST("request"),
  MIB("MiB");

  private static final double BYTES_PER_MIB = 1 << 20;

  private final String unit;

  Measure(String unit) {
    this.unit = unit;
  }

  String unit() {
    return unit;
  }

  /** Microseconds of CPU time. */
  double cost(Turn turn) {
    return turn.cpu().total() / amount(turn);
  }

  /** Of these, outside the kernel. */
  double userCost(Turn turn) {
    return turn.cpu().user() / amount(turn);
  }

  /** So many a second. */
  double rate(Turn turn) {
    return amount(turn) * 1e6 / turn.load().micros();
  }

  private double amount(Turn turn) {
    return switch (this) {
      case REQUEST -> turn.load().requests();
      case MIB -> turn.load().bytes() / BYTES_PER_MIB;
    };
  }
}
