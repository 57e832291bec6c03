package io.weir.controller.reconcile;

import io.weir.controller.failover.Deliberation;
import io.weir.controller.health.Check;
import io.weir.controller.health.Member;
import io.weir.controller.health.Ring;
import io.weir.controller.reconcile.Judge.Agent;
import io.weir.v1.MembershipReport;
import io.weir.v1.PoolSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Which agents there are and whether each counts as alive, of which {@link Deliberation} is told
 * once {@link #begin begun}. Confined to the loop's thread.
 */
final class Presence {
  private static final long LEAST_GRACE = Duration.ofSeconds(10).toNanos();

  private final Deliberation deliberation;
  private final Ring ring;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final BiConsumer<Duration, Runnable> later;
  private final Runnable look;
  private final Map<String, Agent> agents = new TreeMap<>();
  private Collection<PoolSpec> pools = List.of();

  /** How many of the agents are. */
  private int connected;

  private boolean begun;
  private long graceUntil;

  /**
   * @param later runs a task on the loop after a while
   * @param look sees to what came of the end of a grace
   */
  Presence(
      Deliberation deliberation,
      Ring ring,
      InstantSource clock,
      LongSupplier nanos,
      BiConsumer<Duration, Runnable> later,
      Runnable look) {
    this.deliberation = deliberation;
    this.ring = ring;
    this.clock = clock;
    this.nanos = nanos;
    this.later = later;
    this.look = look;
  }

  /** All of them. */
  Collection<Agent> agents() {
    return agents.values();
  }

  /** How soon anything can be heard of an agent depends on what is probed. */
  void declare(Collection<PoolSpec> probed) {
    pools = probed;
  }

  void begin() {
    begun = true;
    grace();
  }

  /**
   * For a while agents of which nothing is heard count as alive, so that those that are first to
   * come, or to come back, do not decide for all.
   */
  void grace() {
    long grace =
        pools.stream()
            .filter(PoolSpec::hasHealth)
            .mapToLong(spec -> 3 * Check.of(spec.getHealth()).interval())
            .reduce(LEAST_GRACE, Math::max);
    graceUntil = nanos.getAsLong() + grace;
    later.accept(
        Duration.ofNanos(grace),
        () -> {
          agents.values().forEach(this::feed);
          look.run();
        });
    agents.values().forEach(this::feed);
  }

  /** Returns whether it is otherwise than before. */
  boolean changed(Agent agent) {
    Agent before = agents.put(agent.name(), agent);
    if (agent.equals(before)) {
      return false;
    }
    boolean was = before != null && before.connected();
    connected += (agent.connected() ? 1 : 0) - (was ? 1 : 0);
    if (begun && agent.connected() && connected == 1) {
      grace();
    }
    if (was && !agent.connected()) {
      ring.forget(agent.name());
    }
    feed(agent);
    return true;
  }

  /** Nothing is known of it any more. Returns whether anything was. */
  boolean gone(String name) {
    Agent before = agents.remove(name);
    connected -= before != null && before.connected() ? 1 : 0;
    if (before == null || !begun) {
      return false;
    }
    ring.forget(name);
    deliberation.forget(name, nanos.getAsLong(), clock.instant());
    return true;
  }

  /** Returns the agents that stand otherwise to their peers than before. */
  Set<String> report(String name, MembershipReport report) {
    int localHealth = ring.localHealth(name);
    Set<String> changed = ring.report(name, report, agents.keySet());
    Agent reporter = agents.get(name);
    if (reporter != null && localHealth != ring.localHealth(name)) {
      feed(reporter);
    }
    for (String other : changed) {
      Agent agent = agents.get(other);
      if (agent != null && !agent.connected()) {
        feed(agent);
      }
    }
    return changed;
  }

  private void feed(Agent agent) {
    if (!begun) {
      return;
    }
    long now = nanos.getAsLong();
    Instant wall = clock.instant();
    boolean alive =
        agent.connected() || now < graceUntil || ring.standing(agent.name()) == Ring.Standing.ALIVE;
    deliberation.member(
        new Member(
            agent.name(),
            agent.zone(),
            agent.connected(),
            alive,
            ring.localHealth(agent.name()),
            agent.pools()),
        now,
        wall);
  }
}
