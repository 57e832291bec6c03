package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import io.weir.agent.model.Steering;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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
  private final Memory memory;
  private Map<String, Candidate> byAddress = Map.of();
  private PoolMembers members;
  private @Nullable EffectiveSet set;
  private AtomicLong changes;
  private long seenChanges;
  private boolean followed = true;

  /** In the pool's order, as of the set. */
  private Candidate[] pool = {};

  /** What picks by a hash hash; null: others. */
  private @Nullable HashKey key;

  /** By which clients come back; null: they do not. */
  private @Nullable String cookie;

  /** In order, each with its candidate in the same place. */
  private long[] tokens = {};

  private Candidate[] byToken = {};

  /** Wants the next pick explained. */
  private @Nullable Consumer<Explanation> asked;

  /**
   * @param random one number for each pick
   */
  public Balancer(PoolMembers members, Locality locality, RandomGenerator random) {
    this.members = members;
    this.locality = locality;
    this.random = random;
    memory = new Memory(members.load().newShare());
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
    long hash = key == null ? 0 : input.hash(key);
    long token = cookie == null ? 0 : input.token(cookie);
    if (!tried.isEmpty()) {
      mark(tried, true);
    }
    Consumer<Explanation> to = asked;
    Explanation explanation =
        to == null ? null : describe(in, new Witness.Request(seed, hash, token), now);
    Candidate known = token == 0 ? null : usable(token);
    Candidate chosen = known != null ? known : choose(in, seed, hash, now);
    if (!tried.isEmpty()) {
      mark(tried, false);
    }
    if (to != null && explanation != null) {
      asked = null;
      to.accept(
          explanation.withPicked(
              Optional.ofNullable(chosen).map(picked -> picked.endpoint().address())));
    }
    if (chosen == null) {
      return false;
    }
    into.open(chosen, cookie != null && known == null, seed, now);
    return true;
  }

  /** Has the next pick explained, once, before its ticket is open. */
  public void explainNext(Consumer<Explanation> to) {
    asked = to;
  }

  /** What would be picked now; nothing is. */
  public Explanation explain(PickInput input, Set<String> tried, long now) {
    EffectiveSet in = current(now);
    long hash = key == null ? 0 : input.hash(key);
    long token = cookie == null ? 0 : input.token(cookie);
    mark(tried, true);
    Explanation explanation =
        describe(in, new Witness.Request(random.nextLong(), hash, token), now);
    mark(tried, false);
    return explanation.withPicked(explanation.replay());
  }

  private Explanation describe(EffectiveSet in, Witness.Request request, long now) {
    return new Witness(in, pool, request, now).describe(members);
  }

  /** The one that the cookie means, if it can still be used. */
  private @Nullable Candidate usable(long token) {
    int at = Arrays.binarySearch(tokens, token);
    Candidate meant = at < 0 ? null : byToken[at];
    return meant != null && meant.usableBefore && !meant.heldBack && !meant.tried() ? meant : null;
  }

  private static @Nullable Candidate choose(EffectiveSet in, long seed, long hash, long now) {
    Tier first = in.first(seed);
    Candidate chosen = first == null ? null : first.policy().choose(seed, hash, now);
    return chosen != null ? chosen : chooseElsewhere(in, first, seed, hash, now);
  }

  /** All of a tier have been tried. */
  @SuppressWarnings("ReferenceEquality") // that very one
  private static @Nullable Candidate chooseElsewhere(
      EffectiveSet in, @Nullable Tier but, long seed, long hash, long now) {
    for (Tier tier : in.tiers()) {
      Candidate chosen = tier == but ? null : tier.policy().choose(seed, hash, now);
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
        candidate.measure().tried = tried;
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
    Steering steering = members.pool().steering();
    pool = candidates(now);
    key = balance instanceof Balance.Hash hash ? hash.key() : null;
    cookie = steering.sticky().map(Steering.Sticky::cookie).orElse(null);
    byToken =
        cookie == null
            ? new Candidate[0]
            : Arrays.stream(pool)
                .sorted(Comparator.comparingLong(candidate -> candidate.token))
                .toArray(Candidate[]::new);
    tokens = Arrays.stream(byToken).mapToLong(candidate -> candidate.token).toArray();
    Policy.Making making = new Policy.Making(balance, pool, members::table, memory, now);
    EffectiveSet made =
        EffectiveSet.of(pool, steering, locality, tier -> Policy.of(tier, making), first, now);
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
      candidate.token = members.token(i);
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
