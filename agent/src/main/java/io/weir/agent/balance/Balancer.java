package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Chooses endpoints of one pool, for one event loop: not thread-safe. Only endpoints that are not
 * drained, have a weight and are not UNHEALTHY are chosen, and among them only those of the best
 * (lowest) priority.
 */
public final class Balancer {
  private final PoolMembers members;
  private final Policy policy;

  /** By priority, then in the pool's order. */
  private final Candidate[] candidates;

  private final Candidate[] usable;

  private Balancer(PoolMembers members, Policy policy) {
    this.members = members;
    this.policy = policy;
    List<Endpoint> endpoints = members.pool().endpoints();
    candidates = new Candidate[endpoints.size()];
    for (int i = 0; i < candidates.length; i++) {
      candidates[i] = new Candidate(endpoints.get(i), members.states().get(i));
    }
    // Stable, so that equals are taken in the order they were declared.
    Arrays.sort(candidates, Comparator.comparingInt(candidate -> candidate.endpoint.priority()));
    usable = new Candidate[candidates.length];
  }

  public static Balancer of(PoolMembers members) {
    return new Balancer(members, Policy.of(members.pool().balance()));
  }

  /**
   * For the pool as it is now; goes on where this one is, endpoint by endpoint. Tickets of this one
   * stay good.
   */
  public Balancer next(PoolMembers changed) {
    if (!changed.pool().balance().equals(members.pool().balance())) {
      return of(changed);
    }
    Balancer next = new Balancer(changed, policy);
    Map<String, Candidate> before = new HashMap<>();
    for (Candidate candidate : candidates) {
      before.put(candidate.endpoint.address(), candidate);
    }
    for (Candidate now : next.candidates) {
      Candidate known = before.get(now.endpoint.address());
      if (known != null) {
        policy.inherit(
            now,
            known,
            next.totalWeight(now.endpoint.priority()),
            totalWeight(known.endpoint.priority()));
      }
    }
    return next;
  }

  public PoolMembers members() {
    return members;
  }

  /**
   * @param tried addresses that this request has been to: not again
   */
  public Pick pick(Set<String> tried) {
    int count = 0;
    int priority = 0;
    for (Candidate candidate : candidates) {
      if (count > 0 && candidate.endpoint.priority() != priority) {
        break;
      }
      if (candidate.usable() && !tried.contains(candidate.endpoint.address())) {
        usable[count++] = candidate;
        priority = candidate.endpoint.priority();
      }
    }
    return count == 0 ? Pick.NoEndpoint.NO_ENDPOINT : new Ticket(policy.choose(usable, count));
  }

  private long totalWeight(int priority) {
    long total = 0;
    for (Candidate candidate : candidates) {
      if (candidate.endpoint.priority() == priority) {
        total += candidate.endpoint.weight();
      }
    }
    return total;
  }
}
