package io.weir.agent.balance;

import java.util.List;

/** Endpoints among which the policy chooses, of one priority. */
final class Tier {
  private final int priority;
  private final boolean local;
  private final boolean panic;
  private final int load;
  private final Candidate[] members;
  private final Policy policy;
  private int outstanding;

  /**
   * @param local of the agent's zone only
   * @param panic whatever their health
   * @param load percent of the picks that begin here
   */
  record Kind(int priority, boolean local, boolean panic, int load) {}

  interface Policies {
    /** For the members of {@code tier}. */
    Policy of(Tier tier);
  }

  /** Takes {@code chosen}, at least one, away from the tiers they were in. */
  Tier(Kind kind, List<Candidate> chosen, Policies policies) {
    priority = kind.priority();
    local = kind.local();
    panic = kind.panic();
    load = kind.load();
    members = chosen.toArray(Candidate[]::new);
    for (int slot = 0; slot < members.length; slot++) {
      members[slot].tier = this;
      members[slot].slot = slot;
      outstanding += members[slot].measure().outstanding();
    }
    policy = policies.of(this);
  }

  int priority() {
    return priority;
  }

  boolean local() {
    return local;
  }

  boolean panic() {
    return panic;
  }

  int load() {
    return load;
  }

  /** Each in the slot that it says. */
  Candidate[] members() {
    return members;
  }

  /** Requests of this loop under way at its members. */
  int outstanding() {
    return outstanding;
  }

  /** A member has so many more under way. */
  void outstanding(int more) {
    outstanding += more;
  }

  Policy policy() {
    return policy;
  }
}
