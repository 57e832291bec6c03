package io.weir.agent.gossip;

import java.util.Map;

/**
 * The ring in numbers, counted since the agent started.
 *
 * @param sent packets
 * @param received packets that were taken
 * @param dropped packets that were not, by reason
 * @param alive members, this one included
 * @param suspect members
 * @param dead members
 * @param localHealth 0 (well) to 8
 * @param backlog rumors that wait to be passed on
 */
public record GossipCounts(
    long sent,
    long received,
    Map<Dropped, Long> dropped,
    int alive,
    int suspect,
    int dead,
    int localHealth,
    int backlog) {
  public GossipCounts {
    dropped = Map.copyOf(dropped);
  }

  /** Where there is no ring. */
  public static final GossipCounts NONE = new GossipCounts(0, 0, Map.of(), 0, 0, 0, 0, 0);
}
