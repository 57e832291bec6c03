package io.weir.e2e.bench;

import java.util.List;

/**
 * Who runs where. One core: load and origin on one, the proxy alone on another. Two cores: all on
 * both, the scheduler deals.
 *
 * @param cores of the proxy, 1 or 2: its workers, threads or event loops
 * @param loadCpu the number of a core
 * @param proxyCpu of another one
 */
record Layout(int cores, int loadCpu, int proxyCpu) {
  Layout {
    if (cores != 1 && cores != 2) {
      throw new IllegalArgumentException("1 or 2 cores, not " + cores);
    }
    if (loadCpu == proxyCpu) {
      throw new IllegalArgumentException("load and proxy need a core each");
    }
  }

  List<String> pinnedLoad() {
    return pinned(cores == 1 ? Integer.toString(loadCpu) : both());
  }

  List<String> pinnedProxy() {
    return pinned(cores == 1 ? Integer.toString(proxyCpu) : both());
  }

  String described() {
    return cores == 1 ? "1 core" : "2 cores";
  }

  /** What the names of figures end with. */
  String suffix() {
    return cores == 1 ? "" : ".2core";
  }

  private String both() {
    return loadCpu + "," + proxyCpu;
  }

  private static List<String> pinned(String cpus) {
    return List.of("taskset", "-c", cpus);
  }
}
