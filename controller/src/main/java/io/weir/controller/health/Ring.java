package io.weir.controller.health;

import io.weir.v1.MembershipReport;
import io.weir.v1.MembershipReport.State;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the connected agents hold of each other, so that one that is dead is told apart from one
 * that is only cut off from the controller. Memory is a few bits for each pair of agents. One
 * thread at a time.
 */
public final class Ring {
  /** What its peers hold of an agent. */
  public enum Standing {
    UNKNOWN,
    ALIVE,
    DEAD,
    LEFT
  }

  private static final class Word {
    final BitSet alive = new BitSet();
    final BitSet dead = new BitSet();
    final BitSet left = new BitSet();
    int localHealth;
  }

  private static final class Count {
    int alive;
    int dead;
    int left;
  }

  // Numbers are given once to each name and never back; names are those of known agents.
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<String, Word> words = new HashMap<>();
  private final Map<Integer, Count> counts = new HashMap<>();

  /**
   * What a connected agent says of {@code known} agents. Returns those that stand otherwise now.
   */
  public Set<String> report(String reporter, MembershipReport report, Set<String> known) {
    Map<String, Standing> before = new HashMap<>();
    Word word = new Word();
    word.localHealth = Math.clamp(report.getLocalHealth(), 0, 8);
    for (MembershipReport.Member member : report.getMembersList()) {
      String name = member.getAgent();
      if (!name.equals(reporter) && known.contains(name)) {
        int number = numbers.computeIfAbsent(name, _ -> numbers.size());
        before.put(name, standing(name));
        State state = member.getState();
        word.alive.set(number, state == State.STATE_ALIVE || state == State.STATE_SUSPECT);
        word.dead.set(number, state == State.STATE_DEAD);
        word.left.set(number, state == State.STATE_LEFT);
      }
    }
    Word old = words.put(reporter, word);
    if (old != null) {
      count(old, -1);
    }
    count(word, 1);
    return changed(before);
  }

  /** It is not connected any more. */
  public void forget(String reporter) {
    Word old = words.remove(reporter);
    if (old != null) {
      count(old, -1);
    }
  }

  private Set<String> changed(Map<String, Standing> before) {
    Set<String> changed = new TreeSet<>();
    before.forEach((name, was) -> {
      if (standing(name) != was) {
        changed.add(name);
      }
    });
    return changed;
  }

  private void count(Word word, int by) {
    word.alive.stream().forEach(number -> count(number).alive += by);
    word.dead.stream().forEach(number -> count(number).dead += by);
    word.left.stream().forEach(number -> count(number).left += by);
  }

  private Count count(int number) {
    return counts.computeIfAbsent(number, _ -> new Count());
  }

  /** By most of the connected agents that know of it. */
  public Standing standing(String agent) {
    Integer number = numbers.get(agent);
    Count count = number == null ? new Count() : count(number);
    if (count.alive > count.dead + count.left) {
      return Standing.ALIVE;
    }
    if (count.left > 0 && count.left >= count.dead) {
      return Standing.LEFT;
    }
    return count.dead > 0 ? Standing.DEAD : Standing.UNKNOWN;
  }

  /** How many connected agents hold it alive. */
  public int aliveTo(String agent) {
    Integer number = numbers.get(agent);
    return number == null ? 0 : count(number).alive;
  }

  /** How far it doubts itself, 0 to 8; 0 as long as it has not said. */
  public int localHealth(String agent) {
    Word word = words.get(agent);
    return word == null ? 0 : word.localHealth;
  }
}
