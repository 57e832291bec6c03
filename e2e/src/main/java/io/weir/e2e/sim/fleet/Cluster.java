package io.weir.e2e.sim.fleet;

import java.util.List;

/** How many controllers a simulated fleet has. */
public enum Cluster {
  /** One at a time, each of which takes the next term as it starts. */
  ONE,
  /** Three over one store, that elect who leads. */
  SEVERAL;

  /** Where controllers run. */
  List<String> hosts() {
    return switch (this) {
      case ONE -> List.of("c0", "c1");
      case SEVERAL -> List.of("c0", "c1", "c2");
    };
  }
}
