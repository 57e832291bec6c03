package io.weir.agent.gossip;

import io.weir.agent.balance.EndpointState;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.Peers;
import io.weir.v1.GossipLoads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests under way, told to others and heard of them. What was heard counts for {@link #FRESH};
 * every agent tells a few others at a time, so that in a large ring the sum is over those that
 * happened to tell this one. For one thread.
 */
final class InFlightBoard {
  /** ns; as long as {@link Peers} go by a count. */
  static final long FRESH = 250_000_000L;

  /** ns for which a count that has become 0 is told: as long as others may hold another. */
  private static final long TOLD = 2 * FRESH;

  private static final int BYTES = 1_100;
  private static final int MOST = 65_536;

  private final EndpointStates states;
  private final Map<EndpointStates.Key, Long> busyAt = new HashMap<>();
  private final Map<EndpointStates.Key, Map<String, Heard>> heard = new HashMap<>();
  private Map<EndpointStates.Key, EndpointState> known = Map.of();
  private int start;

  private record Heard(long inFlight, long at) {}

  InFlightBoard(EndpointStates states) {
    this.states = states;
  }

  /** Looks which endpoints there are; to be called now and then. */
  void look() {
    known = states.all();
  }

  /** What fits into a datagram of what others should know; another part the next time. */
  GossipLoads tell(long now) {
    List<GossipLoads.Load> due = new ArrayList<>();
    known.forEach((key, state) -> {
      long inFlight = state.inFlight();
      if (inFlight > 0) {
        busyAt.put(key, now);
      }
      Long busy = busyAt.get(key);
      if (busy != null && now - busy <= TOLD) {
        due.add(
            GossipLoads.Load.newBuilder()
                .setPool(key.pool())
                .setEndpoint(key.address())
                .setInFlight((int) Math.clamp(inFlight, 0, MOST))
                .build());
      }
    });
    busyAt.values().removeIf(busy -> now - busy > TOLD);
    GossipLoads.Builder loads = GossipLoads.newBuilder();
    int room = BYTES;
    for (int i = 0; i < due.size(); i++) {
      GossipLoads.Load load = due.get((start + i) % due.size());
      room -= load.getSerializedSize() + 3;
      if (room < 0) {
        start = (start + i) % due.size();
        break;
      }
      loads.addLoads(load);
    }
    return loads.build();
  }

  void hear(String agent, GossipLoads loads, long now) {
    for (GossipLoads.Load load : loads.getLoadsList()) {
      EndpointStates.Key key = new EndpointStates.Key(load.getPool(), load.getEndpoint());
      if (known.containsKey(key)) {
        long inFlight = Math.min(Integer.toUnsignedLong(load.getInFlight()), MOST);
        heard.computeIfAbsent(key, _ -> new HashMap<>()).put(agent, new Heard(inFlight, now));
      }
    }
  }

  /** Of all that have told. */
  long heard(EndpointStates.Key endpoint) {
    return sum(heard.getOrDefault(endpoint, Map.of()));
  }

  private static long sum(Map<String, Heard> byAgent) {
    return byAgent.values().stream().mapToLong(Heard::inFlight).sum();
  }

  /** Lets picks know what was heard, without what is too old. */
  void publish(long now) {
    heard
        .entrySet()
        .removeIf(entry -> {
          Map<String, Heard> byAgent = entry.getValue();
          byAgent.values().removeIf(h -> now - h.at() > FRESH);
          EndpointState state = known.get(entry.getKey());
          if (state != null) {
            long sum = sum(byAgent);
            long at = byAgent.values().stream().mapToLong(Heard::at).max().orElse(now);
            state.peers(new Peers(sum, at));
          }
          return byAgent.isEmpty();
        });
  }
}
