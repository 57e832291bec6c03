package io.weir.e2e.bench;

import java.util.List;

/**
 * Who runs where. One core: load and origin on core 0, the proxy alone on core 1. Two cores: all on
 * both, the scheduler deals.
 *
 * @param cores of the proxy, 1 or 2: its workers, threads or event loops
 */
record Layout(int cores) {
  Layout {
    if (cores != 1 && cores != 2) {
      throw new IllegalArgumentException("1 or 2 cores, not " + cores);
    }
  }

  List<String> pinnedLoad() {
    return pinned(cores == 1 ? "0" : "0,1");
  }

  List<String> pinnedProxy() {
    return pinned(cores == 1 ? "1" : "0,1");
  }

  String described() {
    return cores == 1 ? "1 core" : "2 cores";
  }

  /** What the names of figures end with. */
  String suffix() {
    return cores == 1 ? "" : ".2core";
  }

  private static List<String> pinned(String cpus) {
    return List.of("taskset", "-c", cpus);
  }
}
