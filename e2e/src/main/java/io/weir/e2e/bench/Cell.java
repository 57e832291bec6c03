package io.weir.e2e.bench;

/**
 * One combination that is measured.
 *
 * @param size of a body, a path of the origin: 128b, 1k, 64k, 1m
 * @param connections that wrk holds open
 */
record Cell(Layout layout, String size, int connections) {
  String described() {
    return "%s, %d connections, %s".formatted(size, connections, layout.described());
  }

  /**
   * As in {@code proxy.128b.c64.cpu_us.2core}.
   *
   * @param what the last part of the name, without the cores
   */
  String figure(String what) {
    return "proxy.%s.c%d.%s%s".formatted(size, connections, what, layout.suffix());
  }
}
