package io.weir.controller.instances;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is known at a moment of one scaler's pool.
 *
 * @param now monotonic, ns
 * @param wall only to stamp what is kept
 * @param conduct what may be done
 * @param fixed endpoints of the pool's first priority that are no instances
 * @param probed the pool has health checks
 * @param verdicts by address; what is not in it is not known
 * @param zones by address; what is not in it has none
 * @param found by DNS, addresses; empty where the pool does not search
 * @param searching the pool does
 * @param agents those that may send the pool's requests
 * @param listing the last one; empty: there was none yet
 * @param wanted empty: it is not known yet
 * @param startup how long an instance is expected to take until it serves
 * @param drainTimeout how long one that goes may take to finish
 * @param calling the hook is being called right now
 * @param attempts at the call that is recorded, that failed
 */
public record Situation(
    long now,
    Instant wall,
    Conduct conduct,
    int fixed,
    boolean probed,
    Map<String, Health> verdicts,
    Map<String, String> zones,
    Set<String> found,
    boolean searching,
    Collection<AgentView> agents,
    Optional<Listing> listing,
    Optional<Wanted> wanted,
    Duration startup,
    Duration drainTimeout,
    boolean calling,
    int attempts) {
  public Situation {
    verdicts = Map.copyOf(verdicts);
    zones = Map.copyOf(zones);
    found = Set.copyOf(found);
    agents = List.copyOf(agents);
  }

  /** What may be done. */
  public enum Conduct {
    /** Nothing, and nothing is said. */
    OFF,
    /** What would be done is said. */
    RECOMMEND,
    /** There is no hook: others read how many there are to be, and bring them. */
    TELL,
    /** The hook is called. */
    ACT
  }

  /** What the fleet concludes. */
  public enum Health {
    HEALTHY,
    UNHEALTHY
  }

  /** Whether requests can be sent there as far as is known. */
  boolean isHealthy(String address) {
    return !address.isEmpty() && (!probed || verdicts.get(address) == Health.HEALTHY);
  }

  boolean isUnhealthy(String address) {
    return verdicts.get(address) == Health.UNHEALTHY;
  }

  long inFlight(String address) {
    return agents.stream().mapToLong(agent -> agent.inFlightAt(address)).sum();
  }
}
