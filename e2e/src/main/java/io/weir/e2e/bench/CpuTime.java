package io.weir.e2e.bench;

/**
 * CPU time that processes used, in microseconds. The kernel gives it in ticks of 10 ms, so that a
 * stretch of a few busy seconds is known to better than half a percent.
 */
record CpuTime(long user, long system) {
  static final CpuTime NONE = new CpuTime(0, 0);

  /** Of USER_HZ, which is 100 on every architecture that a JDK runs on. */
  private static final long MICROS_PER_TICK = 10_000;

  /** Fields 14 and 15 of proc_pid_stat(5), counted after the command's name and its bracket. */
  private static final int USER = 11;

  private static final int SYSTEM = 12;

  /**
   * Reads one line of {@code /proc/PID/stat}, which counts all threads, those that ended too.
   *
   * @throws IllegalArgumentException when it is no such line
   */
  static CpuTime parse(String stat) {
    // A command's name may hold anything, brackets and blanks too.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    if (fields.length <= SYSTEM) {
      throw new IllegalArgumentException("not a line of /proc/PID/stat: " + stat);
    }
    return new CpuTime(
        Long.parseLong(fields[USER]) * MICROS_PER_TICK,
        Long.parseLong(fields[SYSTEM]) * MICROS_PER_TICK);
  }

  CpuTime plus(CpuTime other) {
    return new CpuTime(user + other.user, system + other.system);
  }

  CpuTime minus(CpuTime other) {
    return new CpuTime(user - other.user, system - other.system);
  }

  long total() {
    return user + system;
  }
}
