package io.weir.agent.health;

import io.weir.agent.health.Assignment.Place;
import io.weir.agent.health.Conclusions.Conclusion;
import io.weir.agent.health.Conclusions.Verdict;
import io.weir.agent.health.Effective.Basis;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The health of every endpoint that an agent runs: which to probe when, what the probes said, and
 * what picks go by in the end. It decides and performs nothing: probes that are due come out of
 * {@link #due}, how each ended goes into {@link #finished}, and {@link #take} tells what has come
 * of all that was told.
 *
 * <p>What picks go by is the first of these that has something to say: the operator's word, the
 * agent's own probes where enough of them failed (see {@link Watch}), the controller's verdict
 * while it is connected, what a majority of the agents hold while it is not. All times are
 * monotonic ns that never go back. Single-threaded. Work per call is in proportion to what it
 * changes; only {@link #declare}, {@link #assign}, {@link #connected} and {@link #disconnected} go
 * over all endpoints.
 */
public final class HealthWatch {
  private final RandomGenerator random;
  private final int mostUnderWay;
  private final Map<Target, Watch> watches = new HashMap<>();
  private final Agenda agenda = new Agenda();
  private final Hearsay hearsay = new Hearsay();

  private Optional<Assignment> assignment = Optional.empty();
  private final Map<Target, Conclusion> conclusions = new HashMap<>();
  private final Map<String, Integer> floors = new HashMap<>();
  private String epoch = "";
  private long term;
  private long verdictVersion;
  private boolean connected;

  private long serials;
  private long probes;
  private int underWay;
  private Map<Target, Observation> news = new LinkedHashMap<>();
  private Map<Target, Effective> changed = new LinkedHashMap<>();

  /**
   * What has come of what was told.
   *
   * @param news to be reported at once: the newest of each endpoint
   * @param changed what picks are to go by from now on
   */
  public record Outcome(List<Observation> news, List<Effective> changed) {}

  /**
   * @param random for jitter, and for the turns of endpoints that nobody was assigned
   * @param mostUnderWay probes at a time, 1 or more
   */
  public HealthWatch(RandomGenerator random, int mostUnderWay) {
    this.random = random;
    this.mostUnderWay = mostUnderWay;
  }

  /**
   * From now on these are the endpoints. One whose check is unchanged keeps its standing and its
   * turns; under another check it keeps its standing and starts counting anew; without one it is
   * unknown. A probe under way of what is no more comes to nothing.
   *
   * @param wallMillis since the epoch
   */
  public void declare(Collection<Pool> pools, long wallMillis, long now) {
    Set<Target> declared = new HashSet<>();
    for (Pool pool : pools) {
      for (Endpoint endpoint : pool.endpoints()) {
        Target target = new Target(pool.name(), endpoint.address());
        declared.add(target);
        Watch watch = watches.get(target);
        if (watch == null) {
          watch = new Watch(target, ++serials, endpoint, now);
          watch.alone(!connected);
          watches.put(target, watch);
          changed.put(target, watch.effective);
        }
        if (watch.declare(endpoint, pool.health(), now) && watch.checked()) {
          setTurns(watch, wallMillis, now);
        }
        settle(watch);
      }
    }
    watches
        .values()
        .removeIf(watch -> {
          boolean gone = !declared.contains(watch.target);
          if (gone) {
            agenda.plan(watch, OptionalLong.empty());
            underWay -= watch.isUnderWay() ? 1 : 0;
            news.remove(watch.target);
            changed.remove(watch.target);
          }
          return gone;
        });
    hearsay.retain(declared);
  }

  /**
   * @param wallMillis since the epoch
   * @return false: it is older than what is in force, and changes nothing
   */
  public boolean assign(Assignment next, long wallMillis, long now) {
    if (next.term() < term || assignment.filter(held -> isAfter(held, next)).isPresent()) {
      return false;
    }
    heardOf(next.term());
    Optional<Assignment> before = assignment;
    assignment = Optional.of(next);
    for (Watch watch : watches.values()) {
      boolean same =
          before.isPresent() && placeIn(before, watch).equals(placeIn(assignment, watch));
      if (watch.checked() && !same) {
        setTurns(watch, wallMillis, now);
        settle(watch);
      }
    }
    return true;
  }

  private static boolean isAfter(Assignment held, Assignment next) {
    return held.term() == next.term() && held.version() > next.version();
  }

  private static Optional<Place> placeIn(Optional<Assignment> assignment, Watch watch) {
    return assignment.flatMap(held -> held.share().of(watch.target));
  }

  private void setTurns(Watch watch, long wallMillis, long now) {
    long interval = watch.interval();
    Optional<Place> place = placeIn(assignment, watch);
    double late = random.nextDouble();
    if (place.isPresent()) {
      long wait = Phase.wait(watch.target, place.get(), interval, wallMillis);
      watch.assigned(now + wait, late, now);
    } else if (assignment.isEmpty()) {
      watch.assigned(now + random.nextLong(interval), late, now);
    } else {
      watch.unassigned(now + random.nextLong(interval), late, now);
    }
  }

  /**
   * @return false: it is older than what is in force, and changes nothing
   */
  public boolean conclude(Conclusions next) {
    if (next.term() < term || next.term() == term && next.version() < verdictVersion) {
      return false;
    }
    heardOf(next.term());
    verdictVersion = next.version();
    Set<Target> touched = new HashSet<>(next.endpoints().keySet());
    Map<String, Integer> floorsBefore = Map.copyOf(floors);
    if (next.complete()) {
      touched.addAll(conclusions.keySet());
      conclusions.clear();
      floors.clear();
    }
    conclusions.putAll(next.endpoints());
    floors.putAll(next.floors());
    if (!floors.equals(floorsBefore)) {
      touched.addAll(watches.keySet());
    }
    settle(touched);
    return true;
  }

  private void heardOf(long newer) {
    if (newer > term) {
      term = newer;
      verdictVersion = 0;
    }
  }

  /**
   * The controller speaks from now on.
   *
   * @param itsEpoch terms and versions of another epoch than before are not comparable
   * @param itsTerm of the leader; 0: none leads now, and what the agents hold counts until one does
   */
  public void connected(String itsEpoch, long itsTerm) {
    if (itsTerm == 0) {
      disconnected();
      return;
    }
    connected = true;
    if (!itsEpoch.equals(epoch)) {
      epoch = itsEpoch;
      term = 0;
      verdictVersion = 0;
      assignment = assignment.map(held -> new Assignment(0, 0, held.share()));
    }
    heardOf(itsTerm);
    watches.values().forEach(watch -> watch.alone(false));
    settle(watches.keySet());
  }

  /** There is no controller to ask: what the agents hold counts until there is. */
  public void disconnected() {
    if (connected) {
      connected = false;
      for (Watch watch : watches.values()) {
        watch.startRun();
        watch.alone(true);
      }
      settle(watches.keySet());
    }
  }

  /** Another agent said so of what its own probes saw; UNKNOWN takes back what it said. */
  public void heard(String agent, Target target, Health health, long now) {
    Watch watch = watches.get(target);
    if (hearsay.heard(agent, target, health) && watch != null) {
      if (!connected && health == Health.UNHEALTHY) {
        watch.doubt(now);
      }
      settle(watch);
    }
  }

  /** These of the other agents are alive; what others said counts no more. */
  public void membersAlive(Set<String> agents) {
    settle(hearsay.alive(agents));
  }

  /** The controller asks for a probe that begins now. */
  public void verify(Collection<Target> targets, long now) {
    for (Target target : targets) {
      Watch watch = watches.get(target);
      if (watch != null) {
        watch.verify(now);
        settle(watch);
      }
    }
  }

  /** Traffic fared badly there: a probe is to tell whether that is the endpoint's fault. */
  public void doubt(Target target, long now) {
    Watch watch = watches.get(target);
    if (watch != null) {
      watch.doubt(now);
      settle(watch);
    }
  }

  /** Traffic is kept from it, or no longer, because of how it fared there. */
  public void outlier(Target target, boolean is) {
    Watch watch = watches.get(target);
    if (watch != null && watch.outlier(is)) {
      news.put(target, watch.observation());
    }
  }

  /** When {@link #due} has something next; may be past. Empty: not before it is told more. */
  public OptionalLong nextDue() {
    return underWay >= mostUnderWay ? OptionalLong.empty() : agenda.next();
  }

  /** The probes to begin now: of each endpoint at most one is under way. */
  public List<DueProbe> due(long now) {
    List<DueProbe> begin = new ArrayList<>();
    for (Watch watch : agenda.take(now, mostUnderWay - underWay)) {
      begin.add(watch.begin(++probes, now));
      underWay++;
    }
    return begin;
  }

  /**
   * @param failure why it failed; empty: it passed
   */
  public void finished(DueProbe probe, Optional<String> failure, long now) {
    Watch watch = watches.get(probe.target());
    if (watch == null) {
      return;
    }
    boolean was = watch.isUnderWay();
    Watch.Outcome outcome =
        watch.finished(probe, failure, random.nextDouble(), awaited(probe.target()), now);
    underWay -= was && !watch.isUnderWay() ? 1 : 0;
    if (outcome == Watch.Outcome.NEWS) {
      news.put(watch.target, watch.observation());
    }
    settle(watch);
  }

  private boolean awaited(Target target) {
    return conclusion(target).verdict() == Verdict.UNHEALTHY;
  }

  private Conclusion conclusion(Target target) {
    return conclusions.getOrDefault(target, Conclusion.NONE);
  }

  private void settle(Collection<Target> targets) {
    for (Target target : targets) {
      Watch watch = watches.get(target);
      if (watch != null) {
        settle(watch);
      }
    }
  }

  /** Works out what holds of the endpoint now, and when to probe it next. */
  private void settle(Watch watch) {
    Effective now = judge(watch);
    if (!now.equals(watch.effective)) {
      watch.effective = now;
      changed.put(watch.target, now);
    }
    boolean down = now.health() == Health.UNHEALTHY;
    agenda.plan(
        watch, watch.isUnderWay() ? OptionalLong.empty() : watch.next(down && !connected, down));
  }

  private Effective judge(Watch watch) {
    Target target = watch.target;
    boolean below = watch.endpoint().priority() < floors.getOrDefault(target.pool(), 0);
    Optional<Health> forced = watch.endpoint().forced();
    if (forced.isPresent()) {
      return new Effective(target, forced.get(), Basis.FORCED, "", below);
    }
    if (!watch.checked()) {
      return new Effective(target, Health.UNKNOWN, Basis.NO_EVIDENCE, "", below);
    }
    Health own = watch.standing().health();
    if (watch.isEjected()) {
      return new Effective(target, own, Basis.OWN_PROBES, watch.reason(), below);
    }
    Effective others = connected ? verdict(watch, below) : peers(watch, below);
    if (others != null) {
      return others;
    }
    return own == Health.HEALTHY
        ? new Effective(target, own, Basis.OWN_PROBES, "", below)
        : new Effective(target, Health.UNKNOWN, Basis.NO_EVIDENCE, "", below);
  }

  private @Nullable Effective verdict(Watch watch, boolean below) {
    Conclusion held = conclusion(watch.target);
    return switch (held.verdict()) {
      case UNHEALTHY ->
          new Effective(watch.target, Health.UNHEALTHY, Basis.VERDICT, held.reason(), below);
      case HEALTHY ->
          watch.standing().health() != Health.HEALTHY
              ? new Effective(watch.target, Health.HEALTHY, Basis.VERDICT, "", below)
              : null;
      case UNKNOWN, ASYMMETRIC -> null;
    };
  }

  /** The majority of those that know, this agent included. */
  private @Nullable Effective peers(Watch watch, boolean below) {
    Conclusion held = conclusion(watch.target);
    boolean condemned = held.verdict() == Verdict.UNHEALTHY;
    Hearsay.Count count = hearsay.count(watch.target);
    // Own probes from before the verdict say nothing against it.
    boolean reached =
        watch.standing().health() == Health.HEALTHY && (!condemned || watch.hasRisen());
    int known = count.known() + (reached ? 1 : 0);
    if (known == 0 && condemned) {
      return new Effective(watch.target, Health.UNHEALTHY, Basis.VERDICT, held.reason(), below);
    }
    if (2 * count.unhealthy() <= known) {
      return null;
    }
    String reason = count.unhealthy() + " of " + known + " agents that probe it find it unhealthy";
    return new Effective(watch.target, Health.UNHEALTHY, Basis.PEERS, reason, below);
  }

  /** What picks go by; empty: there is no such endpoint. */
  public Optional<Effective> effective(Target target) {
    return Optional.ofNullable(watches.get(target)).map(watch -> watch.effective);
  }

  /** Empty: there is no such endpoint. */
  public Optional<Observation> observation(Target target) {
    return Optional.ofNullable(watches.get(target)).map(Watch::observation);
  }

  /** Of every endpoint, by pool and address. */
  public List<Observation> observations() {
    return watches.values().stream()
        .map(Watch::observation)
        .sorted(Comparator.comparing(Observation::pool).thenComparing(Observation::endpoint))
        .toList();
  }

  /** Empties what has come of all that was told since the last time. */
  public Outcome take() {
    Outcome outcome = new Outcome(List.copyOf(news.values()), List.copyOf(changed.values()));
    news = new LinkedHashMap<>();
    changed = new LinkedHashMap<>();
    return outcome;
  }
}
