package io.weir.controller.rollout;

import com.google.protobuf.Timestamp;
import io.weir.v1.LoadReport;
import io.weir.v1.RolloutProgress;
import io.weir.v1.RolloutStep;
import io.weir.v1.StagedChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Watches staged changes for as long as a controller leads. What is stored of a change says how far
 * it is; from its first look at a state on the overseer counts time by a monotonic clock, so that a
 * wall clock that jumps ends no bake. {@code now} is monotonic, in nanoseconds. One thread at a
 * time.
 */
public final class Overseer {
  /**
   * A controller that begins to lead with a change under way waits so long for agents, and for what
   * they report, before it lets the change go on.
   */
  private static final long TAKING_OVER = Duration.ofSeconds(10).toNanos();

  /** An agent that is away for less has only gone to another controller, or lost its stream. */
  private static final long LOST = Duration.ofSeconds(5).toNanos();

  private static final long NEW = Duration.ofSeconds(2).toNanos();

  private final Evidence evidence = new Evidence();
  private final Map<Long, Track> tracks = new HashMap<>();
  private final long began;

  /** Changes that were under way when this controller began to lead; null: not known yet. */
  private @Nullable Set<Long> inherited;

  /** One change in one state. */
  private static final class Track {
    final int transition;
    final long sighted;
    final long inStateThen;
    final long sightedFirst;
    final long ageThen;

    /** Looked at since it was asked for. */
    final boolean whole;

    final int step;

    /** Agents of the cohort that were there in this step, and when they last were. */
    final Map<String, Long> there;

    final Evidence.Window window;

    Track(
        int transition,
        long sighted,
        long inStateThen,
        long sightedFirst,
        long ageThen,
        boolean whole,
        int step,
        Map<String, Long> there,
        Evidence.Window window) {
      this.transition = transition;
      this.sighted = sighted;
      this.inStateThen = inStateThen;
      this.sightedFirst = sightedFirst;
      this.ageThen = ageThen;
      this.whole = whole;
      this.step = step;
      this.there = there;
      this.window = window;
    }
  }

  /**
   * @param next what the change is to become; empty: nothing yet
   */
  public record Look(Optional<StagedChange> next, RolloutProgress progress) {}

  public Overseer(long now) {
    this.began = now;
  }

  public void report(String agent, LoadReport report, long now) {
    evidence.report(agent, report, now);
  }

  public void forget(String agent) {
    evidence.forget(agent);
  }

  /** Only these are still under way. Those of the first call were so before this controller led. */
  public void retain(Collection<Long> numbers) {
    if (inherited == null) {
      inherited = Set.copyOf(numbers);
    }
    tracks.keySet().retainAll(numbers);
  }

  /**
   * @param agents all that are known
   * @param hindrance why none of them is to have the change yet; empty: nothing is in its way
   */
  public Look look(
      Staged staged, Collection<Member> agents, String hindrance, long now, Instant wall) {
    StagedChange change = staged.change();
    Track track = track(change, now, wall);
    List<String> connected = new ArrayList<>();
    List<String> current = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    List<String> pending = new ArrayList<>();
    List<String> others = new ArrayList<>();
    boolean there = false;
    boolean proven = false;
    long number = change.getNumber();
    for (Member agent : agents) {
      if (!agent.connected()) {
        continue;
      }
      connected.add(agent.name());
      boolean runs = agent.runs().contains(number);
      if (!Cohort.includes(change, agent.name(), agent.labels())) {
        if (!runs) {
          others.add(agent.name());
        }
        continue;
      }
      track.there.put(agent.name(), now);
      boolean meant = isMeant(change, agent);
      there |= meant;
      if (runs) {
        proven |= meant;
        current.add(agent.name());
      } else if (agent.refused().contains(number)) {
        refused.add(agent.name() + ": " + agent.why());
      } else {
        pending.add(agent.name());
      }
    }
    List<String> lost = new ArrayList<>();
    boolean away = false;
    for (Map.Entry<String, Long> one : track.there.entrySet()) {
      if (now - one.getValue() >= LOST) {
        lost.add(one.getKey());
      } else {
        away |= one.getValue() < now;
      }
    }
    Gate.Finding finding =
        evidence.judge(track.window, change.getPlan().getGates(), current, others);
    // Where an operator is to judge, figures are for the operator to see.
    boolean gated = !change.getPlan().hasConfirmWithin() || change.getPlan().hasGates();
    String unproven = proven ? "" : unproven(change, !connected.isEmpty(), there, hindrance);
    Situation is =
        new Situation(
            connected,
            current,
            refused,
            pending,
            lost,
            unproven,
            Duration.ofNanos(track.inStateThen + now - track.sighted),
            Duration.ofNanos(track.ageThen + now - track.sightedFirst),
            !away && (track.whole || now - began >= TAKING_OVER),
            gated ? finding.harm() : "",
            change.getStep() == 0 ? "" : finding.sentence());
    RolloutProgress progress =
        RolloutProgress.newBuilder()
            .setMembers(current.size() + refused.size() + pending.size())
            .setCurrent(current.size())
            .setRefused(refused.size())
            .setLost(lost.size())
            .setOthers(others.size())
            .setSentence(
                !unproven.isEmpty() ? unproven : change.getStep() == 0 ? "" : finding.sentence())
            .build();
    return new Look(Progression.next(change, is, wall), progress);
  }

  /** Whether the newest step is to it; the first agents have to be of it, not of an earlier one. */
  private static boolean isMeant(StagedChange change, Member agent) {
    RolloutStep step = change.getPlan().getSteps(change.getStep() - 1);
    return step.getAgentsCount() == 0 || Cohort.isOf(step, agent.labels());
  }

  /**
   * Why none of those that the step is to runs it.
   *
   * @param any whether any agent is connected
   * @param there whether one of those is
   */
  private static String unproven(
      StagedChange change, boolean any, boolean there, String hindrance) {
    if (!any) {
      return "no agent is connected";
    }
    if (change.getStep() == 0) {
      return hindrance;
    }
    RolloutStep step = change.getPlan().getSteps(change.getStep() - 1);
    String those = step.getAgentsCount() == 0 ? "is of the cohort" : "has " + Terms.labels(step);
    return there ? "no connected agent that " + those + " runs it" : "no connected agent " + those;
  }

  private Track track(StagedChange change, long now, Instant wall) {
    int transition =
        change.getTransitionsCount() == 0
            ? 0
            : change.getTransitions(change.getTransitionsCount() - 1).getIndex();
    Track before = tracks.get(change.getNumber());
    if (before != null && before.transition == transition) {
      return before;
    }
    Track same = before != null && before.step == change.getStep() ? before : null;
    // What came to be under its eyes it counts by its own clock alone; other controllers' differ.
    boolean seen = before != null || (inherited != null && !inherited.contains(change.getNumber()));
    Track track =
        new Track(
            transition,
            now,
            seen ? 0 : since(change.getSince(), wall),
            before == null ? now : before.sightedFirst,
            before != null ? before.ageThen : seen ? 0 : since(change.getCreated(), wall),
            before == null ? seen || isNew(change, wall) : before.whole,
            change.getStep(),
            same == null ? new TreeMap<>() : same.there,
            same == null ? new Evidence.Window() : same.window);
    tracks.put(change.getNumber(), track);
    return track;
  }

  private static boolean isNew(StagedChange change, Instant wall) {
    return change.getStep() == 0 && since(change.getCreated(), wall) < NEW;
  }

  private static long since(Timestamp then, Instant wall) {
    Instant at = Instant.ofEpochSecond(then.getSeconds(), then.getNanos());
    return Math.clamp(Duration.between(at, wall).toMillis(), 0L, Duration.ofDays(2).toMillis())
        * 1_000_000;
  }
}
