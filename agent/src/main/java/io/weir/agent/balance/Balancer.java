package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool.Balance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses endpoints of one pool, for one event loop: not thread-safe. Which endpoints may be chosen
 * is worked out when something has changed and holds for the picks that follow. What is known of an
 * endpoint outlives every change of the pool, its policy included, as long as the endpoint is in
 * it.
 */
public final class Balancer {
  private final Locality locality;
  private final RandomGenerator random;
  private final Memory memory = new Memory();
  private Map<String, Candidate> byAddress = Map.of();
  private PoolMembers members;
  private @Nullable EffectiveSet set;
  private AtomicLong changes;
  private long seenChanges;
  private boolean followed = true;

  /**
   * @param random one number for each pick
   */
  public Balancer(PoolMembers members, Locality locality, RandomGenerator random) {
    this.members = members;
    this.locality = locality;
    this.random = random;
    changes = members.changes();
  }

  /** Goes on with the pool as it is now. Open tickets stay good. */
  public void follow(PoolMembers changed) {
    members = changed;
    changes = changed.changes();
    followed = true;
  }

  public PoolMembers members() {
    return members;
  }

  /**
   * Opens {@code into} for the endpoint chosen. Allocates nothing unless something has changed.
   *
   * @param into not open
   * @param tried addresses that this request has been to: not again
   * @param now monotonic, ns
   * @return false: no endpoint is usable, or all that are have been tried
   */
  public boolean pick(Ticket into, PickInput input, Set<String> tried, long now) {
    EffectiveSet in = current(now);
    long seed = random.nextLong();
    if (!tried.isEmpty()) {
      mark(tried, true);
    }
    Candidate chosen = choose(in, seed, now);
    if (!tried.isEmpty()) {
      mark(tried, false);
    }
    if (chosen == null) {
      return false;
    }
    into.open(chosen, seed, now);
    return true;
  }

  private static @Nullable Candidate choose(EffectiveSet in, long seed, long now) {
    Tier first = in.first(seed);
    Candidate chosen = first == null ? null : first.policy().choose(seed, 0, now);
    return chosen != null ? chosen : chooseElsewhere(in, first, seed, now);
  }

  /** All of a tier have been tried. */
  @SuppressWarnings("ReferenceEquality") // that very one
  private static @Nullable Candidate chooseElsewhere(
      EffectiveSet in, @Nullable Tier but, long seed, long now) {
    for (Tier tier : in.tiers()) {
      Candidate chosen = tier == but ? null : tier.policy().choose(seed, 0, now);
      if (chosen != null) {
        return chosen;
      }
    }
    return null;
  }

  private void mark(Set<String> addresses, boolean tried) {
    for (String address : addresses) {
      Candidate candidate = byAddress.get(address);
      if (candidate != null) {
        candidate.tried = tried;
      }
    }
  }

  private EffectiveSet current(long now) {
    EffectiveSet in = set;
    if (in == null || followed || changes.get() != seenChanges || in.isOver(now)) {
      in = rebuild(now);
    }
    return in;
  }

  private EffectiveSet rebuild(long now) {
    seenChanges = changes.get(); // before what it counts is looked at
    boolean first = set == null;
    Balance balance = members.pool().balance();
    EffectiveSet made =
        EffectiveSet.of(
            candidates(now),
            members.pool().steering(),
            locality,
            chosen -> Policy.of(balance, chosen, memory, now),
            first,
            now);
    followed = false;
    set = made;
    return made;
  }

  /** In the pool's order. */
  private Candidate[] candidates(long now) {
    List<Endpoint> endpoints = members.pool().endpoints();
    Candidate[] found = new Candidate[endpoints.size()];
    Map<String, Candidate> kept = HashMap.newHashMap(found.length);
    for (int i = 0; i < found.length; i++) {
      Endpoint endpoint = endpoints.get(i);
      EndpointState state = members.states().get(i);
      Candidate candidate = byAddress.get(endpoint.address());
      if (candidate == null || !candidate.state().equals(state)) {
        candidate = new Candidate(endpoint, state, memory, now);
      }
      candidate.endpoint(endpoint);
      candidate.index = i;
      kept.put(endpoint.address(), candidate);
      found[i] = candidate;
    }
    for (Candidate before : byAddress.values()) {
      before.heap = null; // also of those that are gone
      before.tier = null;
    }
    byAddress = kept;
    return found;
  }
}
