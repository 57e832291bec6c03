package io.weir.agent.balance;

import io.weir.agent.model.Steering;
import io.weir.agent.model.Steering.SlowStart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that are offered to the policy, by tiers, with their weights: what steering makes
 * of a pool, the health of its endpoints and the time. It is in force until one of these changes.
 */
final class EffectiveSet {
  private static final double LEAST_RAMP = 0.1;
  private static final int RAMP_STEPS = 50;
  private static final long LEAST_STEP = 10_000_000;

  private final Tier[] tiers;

  /** Takes every pick to begin with; null: several do. */
  private final @Nullable Tier only;

  private final boolean ramping;
  private final long until;

  private EffectiveSet(List<Tier> tiers, boolean ramping, long until) {
    this.tiers = tiers.toArray(Tier[]::new);
    this.ramping = ramping;
    this.until = until;
    only = tiers.stream().filter(tier -> tier.load() == 100).findFirst().orElse(null);
  }

  /**
   * Puts every candidate where it belongs.
   *
   * @param all in the pool's order
   * @param first there was no set before: nobody has come or come back
   */
  static EffectiveSet of(
      Candidate[] all,
      Steering steering,
      Locality locality,
      Tier.Policies policies,
      boolean first,
      long now) {
    boolean ramping = false;
    boolean aboveFloor = false;
    for (Candidate candidate : all) {
      candidate.tier = null;
      candidate.heap = null;
      ramping |= weigh(candidate, steering.slowStart().orElse(null), first, now);
      candidate.heldBack = candidate.state().judgement().belowFloor();
      aboveFloor |= candidate.usableBefore && !candidate.heldBack;
    }
    TreeMap<Integer, List<Candidate>> levels = new TreeMap<>();
    for (Candidate candidate : all) {
      candidate.heldBack &= aboveFloor;
      if (candidate.offered() && !candidate.heldBack) {
        levels
            .computeIfAbsent(candidate.endpoint().priority(), _ -> new ArrayList<>())
            .add(candidate);
      }
    }
    List<Tier> tiers = new ArrayList<>();
    List<List<Candidate>> byLevel = List.copyOf(levels.values());
    Spread spread =
        Spread.of(
            byLevel.stream().mapToInt(List::size).toArray(),
            byLevel.stream().mapToInt(EffectiveSet::countUsable).toArray(),
            steering.overprovisioning(),
            steering.panic());
    for (int i = 0; i < byLevel.size(); i++) {
      List<Candidate> level = byLevel.get(i);
      boolean panic = spread.panic()[i];
      List<Candidate> chosen =
          panic ? level : level.stream().filter(candidate -> candidate.usableBefore).toList();
      int load = spread.loads()[i];
      int priority = level.getFirst().endpoint().priority();
      List<Candidate> near = new ArrayList<>();
      List<Candidate> far = new ArrayList<>();
      int share = 0;
      if (steering.preferZone() && !locality.zone().isEmpty()) {
        for (Candidate candidate : chosen) {
          (candidate.endpoint().zone().equals(locality.zone()) ? near : far).add(candidate);
        }
        share = far.isEmpty() ? 100 : nearShare(level, near, steering.overprovisioning());
      } else {
        far.addAll(chosen);
      }
      int nearLoad = load * share / 100;
      add(
          tiers,
          new Tier.Kind(priority, true, panic, nearLoad),
          near,
          steering,
          locality,
          policies);
      add(
          tiers,
          new Tier.Kind(priority, false, panic, load - nearLoad),
          far,
          steering,
          locality,
          policies);
    }
    long step =
        steering
            .slowStart()
            .map(slow -> Math.max(LEAST_STEP, slow.window().toNanos() / RAMP_STEPS))
            .orElse(0L);
    return new EffectiveSet(tiers, ramping, now + step);
  }

  private static void add(
      List<Tier> tiers,
      Tier.Kind kind,
      List<Candidate> members,
      Steering steering,
      Locality locality,
      Tier.Policies policies) {
    if (!members.isEmpty()) {
      tiers.add(new Tier(kind, subset(members, steering.subset(), locality.agent()), policies));
    }
  }

  private static int countUsable(List<Candidate> level) {
    return (int) level.stream().filter(candidate -> candidate.usableBefore).count();
  }

  /**
   * How much of a level's load stays in the zone, percent: what its usable endpoints can carry of
   * it when the agents are spread evenly over the zones of the level's endpoints.
   */
  private static int nearShare(List<Candidate> level, List<Candidate> near, int overprovisioning) {
    long zones = level.stream().map(candidate -> candidate.endpoint().zone()).distinct().count();
    double carries = weight(near) * zones / weight(level);
    return (int) Math.min(100, overprovisioning * carries);
  }

  private static double weight(List<Candidate> candidates) {
    double sum = 0;
    for (Candidate candidate : candidates) {
      sum += candidate.endpoint().weight();
    }
    return sum;
  }

  /**
   * The agent's part of them, the same for the same agent, by rendezvous hashing (Thaler,
   * Ravishankar 1998): when one of them goes another takes its place and no more changes.
   */
  private static List<Candidate> subset(List<Candidate> of, int size, String agent) {
    if (size == 0 || of.size() <= size) {
      return of;
    }
    long salt = KeyHash.of(agent);
    return of.stream()
        .sorted(
            Comparator.comparingLong(
                candidate -> Mix.mix(KeyHash.of(candidate.endpoint().address()) ^ salt)))
        .limit(size)
        .sorted(Comparator.comparingInt(candidate -> candidate.index))
        .toList();
  }

  /** Its weight for now; true: that is on its way up. */
  private static boolean weigh(
      Candidate candidate, @Nullable SlowStart slowStart, boolean first, long now) {
    candidate.ejectedBefore = candidate.ejection();
    boolean usable = candidate.usable() && candidate.ejectedBefore == null;
    if (usable && !candidate.usableBefore && !first) {
      candidate.ramping = true;
      candidate.rampBegan = now;
    }
    candidate.usableBefore = usable;
    double part = 1;
    if (candidate.ramping) {
      part = slowStart == null ? 1 : ramp(slowStart, now - candidate.rampBegan);
      candidate.ramping = usable && part < 1;
    }
    candidate.weight(candidate.endpoint().weight() * part);
    return candidate.ramping;
  }

  /** As Envoy does: time over window to the power of 1 / aggression, at least a tenth. */
  static double ramp(SlowStart slowStart, long nanos) {
    double passed = (double) nanos / slowStart.window().toNanos();
    return passed >= 1
        ? 1
        : Math.max(LEAST_RAMP, Math.pow(Math.max(0, passed), 1 / slowStart.aggression()));
  }

  /** Whether weights are other ones by now. */
  boolean isOver(long now) {
    return ramping && now - until >= 0;
  }

  /** In the order in which they serve. */
  Tier[] tiers() {
    return tiers;
  }

  /** Where a pick begins; null: there are none. */
  @Nullable Tier first(long seed) {
    if (only != null || tiers.length == 0) {
      return only;
    }
    int at = percentile(seed);
    for (Tier tier : tiers) {
      at -= tier.load();
      if (at < 0) {
        return tier;
      }
    }
    return tiers[0];
  }

  /** 0 to 99. */
  static int percentile(long seed) {
    return Mix.below(Mix.number(seed, -1), 100);
  }
}
