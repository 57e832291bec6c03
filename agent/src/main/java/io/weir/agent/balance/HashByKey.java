package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/**
 * The endpoint that a request's key belongs to, or the next one where that cannot serve. With a
 * bound, one that has its part of the load passes for one that cannot (Mirrokni, Thorup,
 * Zadimoghaddam: Consistent Hashing with Bounded Loads, 2016). A request without a key goes
 * anywhere.
 *
 * <p>The table has every endpoint that is offered, whatever its health: an endpoint that fails and
 * returns moves no keys but its own. Weights of slow start are not looked at.
 */
final class HashByKey implements Policy {
  private final Tier tier;
  private final Candidate[] pool;
  private final KeyTable table;

  /**
   * Part of its fair share that an endpoint may have, as a factor for each unit of weight; 0: all.
   */
  private final double bound;

  /**
   * @param pool what indices in the table mean
   * @param boundPercent 0: no bound
   */
  HashByKey(Tier tier, Candidate[] pool, KeyTable table, int boundPercent) {
    this.tier = tier;
    this.pool = pool;
    this.table = table;
    double weight = 0;
    for (Candidate member : tier.members()) {
      weight += member.endpoint().weight();
    }
    bound = boundPercent / 100.0 / weight;
  }

  @Override
  public @Nullable Candidate choose(long seed, long hash, long now) {
    long key = hash != 0 ? hash : Mix.number(seed, 1);
    int position = table.position(key);
    Candidate owner = pool[table.owner(position)];
    return accepts(owner) ? owner : another(position, key, seed);
  }

  private @Nullable Candidate another(int from, long key, long seed) {
    int position = from;
    int attempts = table.attempts();
    for (int attempt = 1; attempt <= attempts; attempt++) {
      position = table.next(position, key, attempt);
      Candidate owner = pool[table.owner(position)];
      if (accepts(owner)) {
        return owner;
      }
    }
    // The others have been tried, and all that have not are at their bound.
    return Policy.anyUntried(tier.members(), seed);
  }

  @SuppressWarnings("ReferenceEquality") // that very one
  private boolean accepts(Candidate candidate) {
    return candidate.tier == tier && !candidate.tried() && hasRoom(candidate);
  }

  boolean hasRoom(Candidate candidate) {
    return bound == 0
        || candidate.measure().outstanding()
            < Math.ceil(bound * candidate.endpoint().weight() * (tier.outstanding() + 1));
  }
}
