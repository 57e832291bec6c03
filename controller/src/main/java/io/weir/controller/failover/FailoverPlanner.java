package io.weir.controller.failover;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The priority at which the traffic of each pool begins: its floor. Over at once, when nothing
 * below can serve; back once what is below has been able to for a while, or by hand. Times are
 * monotonic nanoseconds. One thread at a time.
 */
public final class FailoverPlanner {
  private static final long SECOND = 1_000_000_000L;

  /** A change of a pool's floor. */
  public record Move(String pool, int from, int to, int usableFrom, int usableTo, String reason) {}

  private static final class Position {
    int floor;

    /** The operator's force was in effect when last looked at. */
    boolean forced;

    /** Since when a priority below the floor can serve without a break; MAX: none can. */
    long wellSince = Long.MAX_VALUE;

    long due = Long.MAX_VALUE;
  }

  private final Map<String, Position> positions = new HashMap<>();

  /** As an earlier controller left it. */
  public void restore(String pool, int floor) {
    position(pool).floor = floor;
  }

  public int floor(String pool) {
    Position position = positions.get(pool);
    return position == null ? 0 : position.floor;
  }

  /** Forgets all others. */
  public void retain(Set<String> pools) {
    positions.keySet().retainAll(pools);
  }

  /** Looks at a pool; to be called when anything about it changed, and when it is due. */
  public Optional<Move> plan(PoolView pool, long now) {
    Position position = position(pool.name());
    boolean released = position.forced && pool.force().isEmpty();
    position.forced = pool.force().isPresent();
    position.due = Long.MAX_VALUE;
    if (pool.force().isPresent()) {
      position.wellSince = Long.MAX_VALUE;
      int to = pool.force().getAsInt();
      return move(position, pool, to, "an operator put the pool at priority %d".formatted(to));
    }
    OptionalInt serving = pool.serving();
    if (serving.isEmpty() || serving.getAsInt() == position.floor) {
      position.wellSince = Long.MAX_VALUE;
      return Optional.empty();
    }
    int to = serving.getAsInt();
    if (to > position.floor) {
      position.wellSince = Long.MAX_VALUE;
      return move(position, pool, to, lost(pool, to));
    }
    if (released) {
      return move(position, pool, to, "an operator let the pool go back to priority " + to);
    }
    if (!pool.servesFrom(position.floor)) {
      return move(
          position,
          pool,
          to,
          "nothing at priority %d or above can serve any more, and priority %d can"
              .formatted(position.floor, to));
    }
    return failback(position, pool, to, now);
  }

  private static Optional<Move> failback(Position position, PoolView pool, int to, long now) {
    if (position.wellSince == Long.MAX_VALUE) {
      position.wellSince = now;
    }
    if (pool.failback().isEmpty()) {
      return Optional.empty();
    }
    long due = position.wellSince + pool.failback().getAsLong();
    if (now >= due) {
      return move(
          position,
          pool,
          to,
          "priority %d has been able to serve for %d s without a break"
              .formatted(to, pool.failback().getAsLong() / SECOND));
    }
    position.due = due;
    return Optional.empty();
  }

  private static String lost(PoolView pool, int to) {
    int below = pool.endpoints().headMap(to).values().stream().mapToInt(count -> count).sum();
    return "none of the %d %s below priority %d can serve, and %d of %d at priority %d can"
        .formatted(
            below,
            below == 1 ? "endpoint" : "endpoints",
            to,
            pool.usable(to),
            pool.endpoints().getOrDefault(to, 0),
            to);
  }

  private static Optional<Move> move(Position position, PoolView pool, int to, String reason) {
    int from = position.floor;
    position.floor = to;
    position.wellSince = Long.MAX_VALUE;
    return from == to
        ? Optional.empty()
        : Optional.of(new Move(pool.name(), from, to, pool.usable(from), pool.usable(to), reason));
  }

  /** When a pool is to be looked at again; Long.MAX_VALUE: when something about it changes. */
  public long due(String pool) {
    Position position = positions.get(pool);
    return position == null ? Long.MAX_VALUE : position.due;
  }

  /** The least of {@link #due} over all pools. */
  public long nextDue() {
    long next = Long.MAX_VALUE;
    for (Position position : positions.values()) {
      next = Math.min(next, position.due);
    }
    return next;
  }

  private Position position(String pool) {
    return positions.computeIfAbsent(pool, _ -> new Position());
  }
}
