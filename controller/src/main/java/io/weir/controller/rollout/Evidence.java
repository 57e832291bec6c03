package io.weir.controller.rollout;

import io.weir.v1.LoadReport;
import io.weir.v1.RolloutGates;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What agents reported of their traffic, kept as far back as gates look. {@code now} is monotonic,
 * in nanoseconds. One thread at a time.
 */
public final class Evidence {
  private static final long EVERY = Duration.ofSeconds(5).toNanos();
  private static final int KEPT = 12;

  private record Sample(long at, LoadReport report) {}

  private static final class Known {
    LoadReport newest = LoadReport.getDefaultInstance();

    /** Some earlier ones, oldest first. */
    final Deque<Sample> samples = new ArrayDeque<>();
  }

  private final Map<String, Known> agents = new HashMap<>();

  public void report(String agent, LoadReport report, long now) {
    Known known = agents.computeIfAbsent(agent, _ -> new Known());
    known.newest = report;
    Sample last = known.samples.peekLast();
    if (last == null || now - last.at() >= EVERY) {
      known.samples.addLast(new Sample(now, report));
      if (known.samples.size() > KEPT) {
        known.samples.removeFirst();
      }
    }
  }

  /** Nothing is known of it any more. */
  public void forget(String agent) {
    agents.remove(agent);
  }

  /** One step of one change, from when it was first looked at. */
  static final class Window {
    private final Map<String, LoadReport> cohort = new TreeMap<>();
    private final Map<String, LoadReport> others = new TreeMap<>();
    private final Map<String, LoadReport> earlier = new HashMap<>();
  }

  /**
   * @param running agents that have the change
   * @param others connected agents that do not
   */
  Gate.Finding judge(
      Window window, RolloutGates gates, Collection<String> running, Collection<String> others) {
    running.forEach(agent -> {
      open(agent, window.cohort);
      Known known = agents.get(agent);
      if (known != null && !known.samples.isEmpty()) {
        window.earlier.putIfAbsent(agent, known.samples.getFirst().report());
      }
    });
    others.forEach(agent -> open(agent, window.others));
    Traffic inCohort = new Traffic();
    Traffic before = new Traffic();
    for (String agent : running) {
      LoadReport base = window.cohort.get(agent);
      if (base != null) {
        inCohort.add(base, newest(agent));
        before.add(window.earlier.getOrDefault(agent, base), base);
      }
    }
    Traffic elsewhere = new Traffic();
    for (String agent : others) {
      LoadReport base = window.others.get(agent);
      if (base != null) {
        elsewhere.add(base, newest(agent));
      }
    }
    return Gate.judge(gates, inCohort, elsewhere, before);
  }

  private void open(String agent, Map<String, LoadReport> bases) {
    Known known = agents.get(agent);
    if (known != null) {
      bases.putIfAbsent(agent, known.newest);
    }
  }

  private LoadReport newest(String agent) {
    Known known = agents.get(agent);
    return known == null ? LoadReport.getDefaultInstance() : known.newest;
  }
}
