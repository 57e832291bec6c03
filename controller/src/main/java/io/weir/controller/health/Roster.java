package io.weir.controller.health;

import io.weir.controller.health.Observers.Candidate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The agents: who runs what, is alive, is connected, is trusted. */
final class Roster {
  private final Map<String, Member> members = new HashMap<>();
  private final Set<String> distrusted = new HashSet<>();
  private final Map<String, Runners> byPool = new HashMap<>();
  private int alive;
  private int connected;

  /**
   * The agents that run one pool.
   *
   * @param live how many are alive
   * @param eligible those that are connected and trusted
   */
  record Runners(int live, List<Candidate> eligible) {
    int majority() {
      return live / 2 + 1;
    }
  }

  /** Returns who it was before. */
  Optional<Member> put(Member member) {
    Member before = members.put(member.name(), member);
    count(before, member);
    return Optional.ofNullable(before);
  }

  Optional<Member> remove(String name) {
    Member before = members.remove(name);
    distrusted.remove(name);
    count(before, null);
    return Optional.ofNullable(before);
  }

  private void count(@Nullable Member before, @Nullable Member after) {
    if (before != null) {
      alive -= before.alive() ? 1 : 0;
      connected -= before.connected() ? 1 : 0;
      before.pools().forEach(byPool::remove);
    }
    if (after != null) {
      alive += after.alive() ? 1 : 0;
      connected += after.connected() ? 1 : 0;
      after.pools().forEach(byPool::remove);
    }
  }

  Optional<Member> get(String name) {
    return Optional.ofNullable(members.get(name));
  }

  String zone(String name) {
    Member member = members.get(name);
    return member == null ? "" : member.zone();
  }

  /** Why what {@code agent} says of endpoints of {@code pool} does not count; empty: it does. */
  String dropped(String agent, String pool) {
    Member member = members.get(agent);
    if (member == null || !member.connected()) {
      return "it is not connected";
    }
    if (!member.pools().contains(pool)) {
      return "it does not run the pool";
    }
    return distrusted.contains(agent) ? "it disagrees with the others about too much" : "";
  }

  boolean counts(String agent, String pool) {
    return dropped(agent, pool).isEmpty();
  }

  boolean doubtsItself(String agent) {
    Member member = members.get(agent);
    return member != null && member.doubtsItself();
  }

  boolean isTrusted(String agent) {
    return !distrusted.contains(agent);
  }

  /** Whether one more may go without the rest losing its majority in everyone's name. */
  boolean mayDistrust() {
    return (distrusted.size() + 1) * 3 <= alive;
  }

  void trust(String agent, boolean trusted) {
    boolean changed = trusted ? distrusted.remove(agent) : distrusted.add(agent);
    Member member = members.get(agent);
    if (changed && member != null) {
      member.pools().forEach(byPool::remove);
    }
  }

  /** Whether the controller has enough of the fleet around it to judge for all of it. */
  boolean hasQuorum() {
    return connected * 2 > alive;
  }

  Runners runners(String pool) {
    return byPool.computeIfAbsent(pool, this::collect);
  }

  private Runners collect(String pool) {
    int live = 0;
    List<Candidate> eligible = new ArrayList<>();
    for (Member member : members.values()) {
      if (member.alive() && member.pools().contains(pool)) {
        live++;
        if (member.connected() && !distrusted.contains(member.name())) {
          eligible.add(Candidate.of(member.name(), member.zone()));
        }
      }
    }
    return new Runners(live, eligible);
  }
}
