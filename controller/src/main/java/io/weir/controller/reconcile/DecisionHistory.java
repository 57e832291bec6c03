package io.weir.controller.reconcile;

import io.weir.v1.Decision;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The newest decisions in effect, and who is told of the next ones. Confined to the loop. */
public final class DecisionHistory {
  private final ArrayDeque<Decision> decisions = new ArrayDeque<>();
  private final Set<Follower> followers = new LinkedHashSet<>();

  /** Which decisions are wanted; empty: any. */
  public record Filter(String pool, String endpoint) implements Predicate<Decision> {
    @Override
    public boolean test(Decision decision) {
      return switch (decision.getSubjectCase()) {
        case ENDPOINT ->
            matches(pool, decision.getEndpoint().getPool())
                && matches(endpoint, decision.getEndpoint().getEndpoint());
        case POOL -> matches(pool, decision.getPool().getPool()) && endpoint.isEmpty();
        case DISCOVERY -> matches(pool, decision.getDiscovery().getPool()) && endpoint.isEmpty();
        case SCALE -> matches(pool, decision.getScale().getPool()) && endpoint.isEmpty();
        case FREEZE, AGENT, ROLLOUT, SUBJECT_NOT_SET -> pool.isEmpty() && endpoint.isEmpty();
      };
    }

    private static boolean matches(String wanted, String is) {
      return wanted.isEmpty() || wanted.equals(is);
    }
  }

  /** Called on the loop's thread; must not block. */
  public interface Sink {
    void next(Decision decision);

    /** The controller is stopping; nothing comes any more. */
    void stop();
  }

  record Follower(Filter filter, Sink sink) {}

  private long newest() {
    return decisions.isEmpty() ? 0 : decisions.getLast().getNumber();
  }

  /** What the store has; whoever follows is told of those among them that are new. */
  void begin(List<Decision> stored) {
    long known = newest();
    decisions.clear();
    stored.stream().filter(decision -> decision.getNumber() <= known).forEach(decisions::addLast);
    stored.stream().filter(decision -> decision.getNumber() > known).forEach(this::add);
  }

  void add(Decision decision) {
    decisions.addLast(decision);
    if (decisions.size() > DecisionLog.KEPT) {
      decisions.removeFirst();
    }
    followers.stream()
        .filter(follower -> follower.filter().test(decision))
        .forEach(follower -> follower.sink().next(decision));
  }

  /** Newest first, at most {@code limit}. */
  List<Decision> newest(Predicate<Decision> filter, int limit) {
    List<Decision> found = new ArrayList<>();
    for (Iterator<Decision> each = decisions.descendingIterator();
        each.hasNext() && found.size() < limit; ) {
      Decision decision = each.next();
      if (filter.test(decision)) {
        found.add(decision);
      }
    }
    return found;
  }

  /** The newest, oldest of them first, and then whatever comes. */
  void follow(Follower follower, int limit) {
    newest(follower.filter(), limit).reversed().forEach(follower.sink()::next);
    followers.add(follower);
  }

  void unfollow(Follower follower) {
    followers.remove(follower);
  }

  void stop() {
    followers.forEach(follower -> follower.sink().stop());
    followers.clear();
  }
}
