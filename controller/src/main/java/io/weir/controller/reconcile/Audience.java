package io.weir.controller.reconcile;

import io.weir.controller.instances.AgentView;
import io.weir.controller.instances.Loads;
import io.weir.controller.scaling.Sample;
import io.weir.v1.LoadReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The agents that may send the requests of pools that are scaled, and what they have reported of
 * them. Confined to the loop's thread.
 */
final class Audience {
  private final LongSupplier nanos;
  private final ScalerDriver.Around around;
  private final Loads loads = new Loads();
  private Set<String> pools = Set.of();

  Audience(LongSupplier nanos, ScalerDriver.Around around) {
    this.nanos = nanos;
    this.around = around;
  }

  /** Reports of these count from now on. */
  void of(Set<String> scaled) {
    pools = Set.copyOf(scaled);
  }

  void report(String agent, LoadReport report) {
    if (!pools.isEmpty()) {
      loads.report(agent, report, pools, nanos.getAsLong());
    }
  }

  void forget(String agent) {
    loads.forget(agent);
  }

  /** What the scaler's recommender is asked by. */
  Sample sample(Scaling one, ScaledPool pool, long now, Instant wall) {
    return pool.sample(
        loads,
        agents(one.pool()),
        coverage(one.pool(), now),
        one.storeAgrees(now),
        one.lifecycle.failedStarts(),
        now,
        wall);
  }

  /**
   * Of the agents that may send the pool's requests, as far as they are connected or were lately.
   */
  private double coverage(String pool, long now) {
    int all = 0;
    int fresh = 0;
    for (Judge.Agent agent : around.agents()) {
      boolean reported = loads.reported(agent.name()) != Long.MIN_VALUE;
      boolean gone = isGone(agent.name());
      if (agent.pools().contains(pool) && (agent.connected() || (reported && !gone))) {
        all++;
        fresh += loads.isFresh(agent.name(), now) ? 1 : 0;
      }
    }
    return all == 0 ? 0 : (double) fresh / all;
  }

  private boolean isGone(String agent) {
    return switch (around.peers(agent)) {
      case DEAD, LEFT -> true;
      case ALIVE, UNKNOWN -> false;
    };
  }

  /** Those that may send the pool's requests, or did. */
  List<AgentView> agents(String pool) {
    Map<String, Progress.Standing> standings = new HashMap<>();
    around.standings().forEach(one -> standings.put(one.agent(), one));
    List<AgentView> views = new ArrayList<>();
    for (Judge.Agent agent : around.agents()) {
      if (agent.pools().contains(pool) || loads.has(agent.name(), pool)) {
        views.add(view(agent.name(), pool, standings.get(agent.name())));
      }
    }
    return views;
  }

  private AgentView view(String agent, String pool, Progress.@Nullable Standing is) {
    AgentView.Standing standing;
    long seen = 0;
    switch (is) {
      case Progress.Standing.Current current -> {
        standing = AgentView.Standing.CURRENT;
        seen = current.revision();
      }
      case Progress.Standing.Behind _, Progress.Standing.Rejecting _ ->
          standing = AgentView.Standing.BEHIND;
      case Progress.Standing.Stale _ ->
          standing = isGone(agent) ? AgentView.Standing.GONE : AgentView.Standing.AWAY;
      case null -> standing = AgentView.Standing.GONE;
    }
    return new AgentView(agent, standing, seen, loads.reported(agent), loads.inFlight(agent, pool));
  }
}
