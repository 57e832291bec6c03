package io.weir.e2e.bench;

/**
 * One contender's part of one round.
 *
 * @param cpu of the contender's processes while the load lasted
 */
record Turn(WrkResult load, CpuTime cpu) {
  private static final double MIB = 1 << 20;

  /** A turn in which a request failed says nothing about the cost of serving it. */
  boolean valid() {
    return load.requests() > 0 && load.statusErrors() == 0 && load.socketErrors() == 0;
  }

  /** Microseconds. */
  double cpuPerRequest() {
    return (double) cpu.total() / load.requests();
  }

  /** Of these, outside the kernel. */
  double userPerRequest() {
    return (double) cpu.user() / load.requests();
  }

  /** Microseconds per MiB of what the load received. */
  double cpuPerMib() {
    return cpu.total() / (load.bytes() / MIB);
  }

  double mibPerSecond() {
    return load.bytes() / MIB * 1e6 / load.micros();
  }
}
