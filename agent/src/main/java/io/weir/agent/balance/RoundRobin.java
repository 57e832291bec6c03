package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/**
 * Weighted round robin that spreads each endpoint's turns. Three ways to the same shares, so that a
 * pick is cheap in pools of every size.
 */
sealed interface RoundRobin extends Policy {
  /** Up to here every member is looked at in each pick, which costs as much as anything else. */
  int FEW = 16;

  static RoundRobin of(Candidate[] members, Memory memory) {
    if (members.length <= FEW) {
      return new Smooth(members);
    }
    Turns.resume(members, memory);
    for (Candidate member : members) {
      if (member.weight != members[0].weight) {
        return new Queued(members, memory);
      }
    }
    return new Equal(members, memory);
  }

  /**
   * The algorithm of nginx's {@code ngx_http_upstream_get_peer}: each is credited its weight, the
   * richest is taken and pays the sum. Credits stay below that sum, and their total does not
   * change.
   */
  final class Smooth implements RoundRobin {
    private final Candidate[] members;
    private final long[] weights;

    Smooth(Candidate[] members) {
      this.members = members;
      weights = new long[members.length];
      long total = 0;
      for (int i = 0; i < weights.length; i++) {
        double weight = members[i].weight;
        // A weight that still grows has a fraction.
        weights[i] = Math.max(1, Math.round(anyGrows() ? weight * 100 : weight));
        total += weights[i];
      }
      for (Candidate member : members) {
        // In proportion: credits are worth what the weights then were.
        if (member.creditTotal != total && member.creditTotal != 0) {
          member.credit = member.credit * total / member.creditTotal;
        }
        member.creditTotal = total;
      }
    }

    private boolean anyGrows() {
      for (Candidate member : members) {
        if (member.weight != Math.rint(member.weight)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public double due(Candidate member) {
      return -(double) (member.credit + weights[member.slot]);
    }

    @Override
    public @Nullable Candidate choose(long seed, long hash, long now) {
      Candidate best = null;
      long total = 0;
      for (int i = 0; i < weights.length; i++) {
        Candidate member = members[i];
        if (member.tried()) {
          continue;
        }
        total += weights[i];
        member.credit += weights[i];
        if (best == null || member.credit > best.credit) {
          best = member;
        }
      }
      if (best != null) {
        best.credit -= total;
      }
      return best;
    }
  }

  /** One after the other. */
  final class Equal implements RoundRobin {
    private final Candidate[] members;
    private final Memory memory;
    private final double step;
    private int next;

    Equal(Candidate[] members, Memory memory) {
      this.members = members;
      this.memory = memory;
      step = members[0].inverse() / members.length;
      for (int i = 1; i < members.length; i++) {
        if (members[i].turn < members[next].turn) {
          next = i;
        }
      }
    }

    @Override
    public double due(Candidate member) {
      return Math.floorMod(member.slot - next, members.length);
    }

    @Override
    public @Nullable Candidate choose(long seed, long hash, long now) {
      for (int i = 0; i < members.length; i++) {
        Candidate member = members[next];
        next = next + 1 < members.length ? next + 1 : 0;
        if (!member.tried()) {
          memory.turn += step;
          member.turn = memory.turn + member.inverse();
          return member;
        }
      }
      return null;
    }
  }

  /** By the earliest turn, from a queue. */
  final class Queued implements RoundRobin {
    private final Candidate[] members;
    private final Memory memory;
    private final TurnQueue queue;

    Queued(Candidate[] members, Memory memory) {
      this.members = members;
      this.memory = memory;
      queue = new TurnQueue(members);
    }

    @Override
    public double due(Candidate member) {
      return queue.due(member.slot);
    }

    @Override
    public @Nullable Candidate choose(long seed, long hash, long now) {
      Candidate member = members[queue.first()];
      if (member.tried()) {
        int slot = queue.firstUntried(members);
        if (slot < 0) {
          return null;
        }
        member = members[slot];
        queue.again(slot);
      } else {
        memory.turn = queue.time();
        queue.again();
      }
      member.turn = memory.turn + member.inverse();
      return member;
    }
  }
}
