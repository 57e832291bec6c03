package io.weir.e2e.sim.fleet;

import io.weir.e2e.sim.kernel.Network;
import io.weir.e2e.sim.kernel.VirtualTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The endpoints, as they truly are. */
final class Origins {
  private static final int PACKETS = 4;

  private final VirtualTime time;
  private final Network network;
  private final List<String> addresses;
  private final Map<String, Condition> conditions = new HashMap<>();
  private final Map<String, Long> since = new HashMap<>();

  enum Condition {
    WELL,
    /** The host refuses connections. */
    REFUSES,
    /** Connections open and nothing comes. */
    HANGS
  }

  Origins(VirtualTime time, Network network, List<String> addresses) {
    this.time = time;
    this.network = network;
    this.addresses = List.copyOf(addresses);
  }

  List<String> addresses() {
    return addresses;
  }

  void become(String address, Condition condition) {
    if (condition(address) != condition) {
      conditions.put(address, condition);
      since.put(address, time.now());
    }
  }

  Condition condition(String address) {
    return conditions.getOrDefault(address, Condition.WELL);
  }

  boolean isWell(String address) {
    return condition(address) == Condition.WELL;
  }

  /** Since when it is as it is, ns. */
  long since(String address) {
    return since.getOrDefault(address, 0L);
  }

  boolean reachable(String agent, String address) {
    return isWell(address) && !network.isCut(agent, address) && !network.isCut(address, agent);
  }

  /** A connection, a request and its answer; nothing that is lost comes again in time. */
  Probing.Result probe(String agent, String address) {
    boolean lost = network.isCut(agent, address) || network.isCut(address, agent);
    for (int i = 0; i < PACKETS && !lost; i++) {
      lost = network.loses();
    }
    long trip = network.delay() + network.delay();
    if (lost || condition(address) == Condition.HANGS) {
      return new Probing.Result(Optional.of("timed out"), Long.MAX_VALUE / 2);
    }
    return isWell(address)
        ? new Probing.Result(Optional.empty(), 2 * trip)
        : new Probing.Result(Optional.of("connection refused"), trip);
  }
}
