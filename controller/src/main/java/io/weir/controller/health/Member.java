package io.weir.controller.health;

import java.util.Set;

/**
 * One agent as the board sees it.
 *
 * @param zone empty: none
 * @param connected to this controller
 * @param alive connected, or alive to its peers
 * @param localHealth how far it doubts itself, 0 to 8
 * @param pools that it runs
 */
public record Member(
    String name,
    String zone,
    boolean connected,
    boolean alive,
    int localHealth,
    Set<String> pools) {
  /** From here on its failures do not count. */
  static final int DOUBTS_ITSELF = 2;

  public Member {
    pools = Set.copyOf(pools);
    if (connected && !alive) {
      throw new IllegalArgumentException(name + " is connected, so it is alive");
    }
  }

  boolean doubtsItself() {
    return localHealth >= DOUBTS_ITSELF;
  }
}
