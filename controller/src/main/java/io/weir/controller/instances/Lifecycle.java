package io.weir.controller.instances;

import com.google.protobuf.Timestamp;
import io.weir.v1.HookCall;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaleDecided;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One scaler's instances, from look to look. Each look goes by what is in the store and nothing
 * else, and says what is to be written there next, and whether that is a decision; what it
 * remembers are times and who has answered, which the next controller finds out anew. At most one
 * decision comes of a look, and the next look is to see what came of the last. One thread at a
 * time.
 */
public final class Lifecycle {
  /** At least so long an instance may take to serve. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final int PATIENCE_FACTOR = 5;

  /** After a call, before the number is compared with what was asked for. */
  private static final Duration SETTLING = Duration.ofSeconds(10);

  /** Where it takes the new endpoints themselves to tell. */
  private static final Duration LONG_SETTLING = Duration.ofSeconds(30);

  /** Between two recommendations that are noted but not acted on. */
  private static final Duration NOTING = Duration.ofSeconds(30);

  /** Until one that is to end and has not is asked to again. */
  private static final Duration ENDING = Duration.ofMinutes(1);

  /** At ending, before asking for more goes first. */
  private static final int ATTEMPTS = 3;

  private static final int NAMED = 5;
  private static final long NEVER = Long.MIN_VALUE;

  private final boolean barred;
  private final Roll roll = new Roll();
  private final Sights sights = new Sights();
  private final Map<String, Held> barriers = new HashMap<>();
  private final List<Duration> took = new ArrayList<>();
  private final Map<String, String> holding = new HashMap<>();
  private int failedStarts;
  private boolean begun;
  private boolean vanished;
  private long askedAt = NEVER;
  private long notedAt = NEVER;

  private record Held(Timestamp since, Barrier barrier) {}

  /**
   * @param barred nothing is ended before it is clear; false only to show what that is good for
   */
  public Lifecycle(boolean barred) {
    this.barred = barred;
  }

  /** Instances in a row that never became healthy. */
  public int failedStarts() {
    return failedStarts;
  }

  /** How long instances took from when they were there until they served, since this was asked. */
  public List<Duration> started() {
    List<Duration> taken = List.copyOf(took);
    took.clear();
    return taken;
  }

  /** Why a draining instance is still there, as a clause, by id. */
  public Map<String, String> holding() {
    return Map.copyOf(holding);
  }

  /** The hook was called, and has done it. */
  public void called(long now) {
    askedAt = now;
    vanished = false;
  }

  /**
   * @param scaler its name
   * @param pool its pool's
   * @param record as the store has it
   * @param revision at which that was written; 0: nothing was yet
   */
  public Step next(String scaler, String pool, ScalerRecord record, long revision, Situation is) {
    if (!begun) {
      begun = true;
      // What an earlier controller asked for may be on its way.
      askedAt = record.hasDecided() ? is.now() : NEVER;
    }
    Roll.Called called = roll.call(record.getInstancesList(), is);
    vanished |= !called.vanished().isEmpty();
    List<ScaledInstance> instances = new ArrayList<>();
    List<ScaledInstance> failed = new ArrayList<>();
    List<Going> ready = new ArrayList<>();
    holding.clear();
    for (ScaledInstance one : called.instances()) {
      long age = sights.age(one, is.now(), is.wall());
      switch (one.getState()) {
        case INSTANCE_STATE_STARTING -> instances.add(starting(one, age, failed, is));
        case INSTANCE_STATE_DRAINING -> {
          if (is.conduct() != Situation.Conduct.ACT && one.getDecision() != 0) {
            instances.add(serving(one, "it is not to go after all", is));
          } else {
            draining(one, age, revision, is).ifPresent(ready::add);
            instances.add(one);
          }
        }
        case INSTANCE_STATE_SERVING,
            INSTANCE_STATE_ENDING,
            INSTANCE_STATE_UNSPECIFIED,
            UNRECOGNIZED ->
            instances.add(one);
      }
    }
    forgetSelfMade(instances, ready, is);
    sights.retain(instances);
    barriers
        .keySet()
        .retainAll(
            ids(
                instances.stream()
                    .filter(one -> one.getState() == InstanceState.INSTANCE_STATE_DRAINING)
                    .toList()));
    ScalerRecord now =
        instances.equals(record.getInstancesList())
            ? record
            : record.toBuilder().clearInstances().addAllInstances(instances).build();
    Step step = new Plan(scaler, pool, now, is).decide(failed, ready);
    return new Step(Past.kept(record, revision, step.record()), step.decision());
  }

  /** One that goes and may: nothing is under way there, or its time is over. */
  private record Going(ScaledInstance instance, long inFlight, List<String> waiting) {}

  private ScaledInstance starting(
      ScaledInstance one, long age, List<ScaledInstance> failed, Situation is) {
    if (is.isHealthy(one.getAddress())) {
      failedStarts = 0;
      if (askedAt != NEVER) {
        took.add(Duration.ofNanos(age));
      }
      return serving(
          one, is.probed() ? "the fleet holds it to be healthy" : "its pool has no probes", is);
    }
    boolean never = one.getAddress().isEmpty() || is.isUnhealthy(one.getAddress());
    if (never && age >= patience(is.startup())) {
      failed.add(one);
    }
    return one;
  }

  private static ScaledInstance serving(ScaledInstance one, String reason, Situation is) {
    ScaledInstance.Builder next = one.toBuilder();
    Roll.move(next, InstanceState.INSTANCE_STATE_SERVING, reason, is.wall());
    return next.build();
  }

  private static long patience(Duration startup) {
    return Math.max(PATIENCE.toNanos(), startup.multipliedBy(PATIENCE_FACTOR).toNanos());
  }

  private Optional<Going> draining(ScaledInstance one, long age, long revision, Situation is) {
    Held held = barriers.get(one.getId());
    if (held == null || !held.since().equals(one.getSince())) {
      held = new Held(one.getSince(), new Barrier(revision));
      barriers.put(one.getId(), held);
    }
    Barrier.Look look = held.barrier().look(one.getAddress(), is.agents(), is.now());
    if (look.isClear() || !barred || age >= is.drainTimeout().toNanos()) {
      return Optional.of(new Going(one, look.inFlight(), look.waiting()));
    }
    holding.put(
        one.getId(),
        look.inFlight() > 0
            ? "%d under way".formatted(look.inFlight())
            : "waits for " + some(look.waiting()));
    return Optional.empty();
  }

  /** Those that go by themselves need no call; they are gone once they are drained and unlisted. */
  private static void forgetSelfMade(
      List<ScaledInstance> instances, List<Going> ready, Situation is) {
    Set<String> listed =
        is.listing()
            .map(listing ->
                listing.instances().stream().map(Listing.Listed::id).collect(Collectors.toSet()))
            .orElse(Set.of());
    for (Going going : List.copyOf(ready)) {
      if (going.instance().getDecision() == 0) {
        ready.remove(going);
        if (!listed.contains(going.instance().getId())) {
          instances.remove(going.instance());
        }
      }
    }
  }

  private static Set<String> ids(Collection<ScaledInstance> of) {
    return of.stream().map(ScaledInstance::getId).collect(Collectors.toCollection(HashSet::new));
  }

  private static String some(List<String> names) {
    return names.size() <= NAMED
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMED)) + " and " + (names.size() - NAMED) + " more";
  }

  /** What is decided at one look. */
  private final class Plan {
    private final String scaler;
    private final String pool;
    private final ScalerRecord record;
    private final Situation is;

    Plan(String scaler, String pool, ScalerRecord record, Situation is) {
      this.scaler = scaler;
      this.pool = pool;
      this.record = record;
      this.is = is;
    }

    private List<ScaledInstance> in(InstanceState... states) {
      Set<InstanceState> wanted = Set.of(states);
      return record.getInstancesList().stream()
          .filter(one -> wanted.contains(one.getState()))
          .toList();
    }

    Step decide(List<ScaledInstance> failed, List<Going> ready) {
      return switch (is.conduct()) {
        case OFF -> new Step(record, Optional.empty());
        case RECOMMEND -> tell(true);
        case TELL -> tell(false);
        case ACT -> act(failed, ready);
      };
    }

    /** Only says how many there are to be. */
    private Step tell(boolean only) {
      Wanted wanted = is.wanted().orElse(null);
      boolean soon = notedAt != NEVER && is.now() - notedAt < NOTING.toNanos();
      if (wanted == null
          || (wanted.endpoints() == record.getDesired() && record.getDecision() != 0)
          || (only && soon)) {
        return new Step(record, Optional.empty());
      }
      notedAt = is.now();
      return decided(
          record.toBuilder().setDesired(wanted.endpoints()),
          decision(wanted.endpoints()).setRecommendedOnly(only).setInputs(wanted.inputs()),
          wanted.reason(),
          Set.of(),
          false);
    }

    private Step act(List<ScaledInstance> failed, List<Going> ready) {
      Wanted wanted = is.wanted().orElse(null);
      if (wanted == null) {
        return new Step(record, Optional.empty());
      }
      int target = Math.max(0, wanted.endpoints() - is.fixed());
      List<ScaledInstance> here =
          in(InstanceState.INSTANCE_STATE_STARTING, InstanceState.INSTANCE_STATE_SERVING);
      boolean busy = record.hasCall() && (is.calling() || target == record.getCall().getDesired());
      if (here.size() < target) {
        List<ScaledInstance> back =
            in(InstanceState.INSTANCE_STATE_DRAINING).stream()
                .filter(one -> one.getDecision() != 0)
                .sorted(Comparator.comparing(one -> one.getAddress().isEmpty()))
                .limit(target - here.size())
                .toList();
        if (!back.isEmpty()) {
          return takeBack(wanted, back);
        }
      }
      boolean ending = record.hasCall() && record.getCall().getEndCount() > 0;
      boolean gaveUp = ending && !is.calling() && is.attempts() >= ATTEMPTS && here.size() < target;
      if (busy || (ending && !gaveUp)) {
        return still();
      }
      if (gaveUp) {
        return scaleOut(wanted, target);
      }
      for (ScaledInstance one : in(InstanceState.INSTANCE_STATE_ENDING)) {
        if (sights.age(one, is.now(), is.wall()) >= ENDING.toNanos()) {
          ready.add(new Going(one, 0, List.of()));
        }
      }
      if (!ready.isEmpty() || !failed.isEmpty()) {
        return end(failed, ready, Math.min(target, here.size()));
      }
      if (here.size() < target) {
        boolean other = wanted.endpoints() != record.getDesired();
        return other || isSettled() ? scaleOut(wanted, target) : still();
      }
      if (here.size() > target) {
        return drain(wanted, here, here.size() - target);
      }
      return wanted.endpoints() == record.getDesired() && record.getDecision() != 0
          ? still()
          : decided(
              record.toBuilder().setDesired(wanted.endpoints()).clearCall(),
              decision(wanted.endpoints()).setInputs(wanted.inputs()),
              wanted.reason(),
              Set.of(),
              false);
    }

    private Step still() {
      return new Step(record, Optional.empty());
    }

    /** What was asked for would be there by now. */
    private boolean isSettled() {
      if (askedAt == NEVER) {
        return true;
      }
      boolean lists = is.listing().map(Listing::complete).orElse(false);
      long patience =
          lists
              ? SETTLING.toNanos()
              : Math.max(LONG_SETTLING.toNanos(), 2 * is.startup().toNanos());
      return vanished || is.now() - askedAt >= patience;
    }

    private Step takeBack(Wanted wanted, List<ScaledInstance> back) {
      ScalerRecord.Builder next = record.toBuilder().setDesired(wanted.endpoints());
      Set<String> ids = ids(back);
      for (ScaledInstance.Builder one : next.getInstancesBuilderList()) {
        if (ids.contains(one.getId())) {
          boolean healthy = is.isHealthy(one.getAddress());
          Roll.move(
              one,
              healthy
                  ? InstanceState.INSTANCE_STATE_SERVING
                  : InstanceState.INSTANCE_STATE_STARTING,
              "it is needed again",
              is.wall());
        }
      }
      return decided(
          next,
          decision(wanted.endpoints()).setInputs(wanted.inputs()),
          wanted.reason() + "; " + those(back) + " need not go",
          ids,
          false);
    }

    private Step scaleOut(Wanted wanted, int target) {
      ScalerRecord.Builder next =
          record.toBuilder()
              .setDesired(wanted.endpoints())
              .setCall(HookCall.newBuilder().setDesired(target));
      boolean again = wanted.endpoints() == record.getDesired() && record.getDecision() != 0;
      int here =
          in(InstanceState.INSTANCE_STATE_STARTING, InstanceState.INSTANCE_STATE_SERVING).size();
      String reason =
          again
              ? "%d of %d are missing and are asked for again".formatted(target - here, target)
              : wanted.reason();
      return decided(
          next, decision(wanted.endpoints()).setInputs(wanted.inputs()), reason, Set.of(), true);
    }

    private Step drain(Wanted wanted, List<ScaledInstance> here, int count) {
      List<ScaledInstance> victims = Victims.choose(here, count, is);
      ScalerRecord.Builder next = record.toBuilder().setDesired(wanted.endpoints()).clearCall();
      Set<String> ids = ids(victims);
      List<ScaledInstance> going = new ArrayList<>();
      for (ScaledInstance.Builder one : next.getInstancesBuilderList()) {
        if (ids.contains(one.getId())) {
          String reason =
              "%d under way when it was chosen".formatted(is.inFlight(one.getAddress()));
          Roll.move(one, InstanceState.INSTANCE_STATE_DRAINING, reason, is.wall());
          going.add(one.build());
        }
      }
      return decided(
          next,
          decision(wanted.endpoints()).setInputs(wanted.inputs()).addAllVictims(going),
          "%s; %s drained"
              .formatted(wanted.reason(), those(victims) + (victims.size() == 1 ? " is" : " are")),
          ids,
          false);
    }

    private Step end(List<ScaledInstance> failed, List<Going> ready, int left) {
      failedStarts += failed.size();
      Set<String> ids = ids(failed);
      ready.forEach(going -> ids.add(going.instance().getId()));
      ScalerRecord.Builder next = record.toBuilder();
      List<ScaledInstance> going = new ArrayList<>();
      HookCall.Builder call = HookCall.newBuilder().setDesired(Math.max(0, left - failed.size()));
      for (ScaledInstance.Builder one : next.getInstancesBuilderList()) {
        if (ids.contains(one.getId())) {
          boolean never = one.getState() == InstanceState.INSTANCE_STATE_STARTING;
          Roll.move(
              one,
              InstanceState.INSTANCE_STATE_ENDING,
              never ? "it never became healthy" : why(one.getId(), ready),
              is.wall());
          going.add(one.build());
          call.addEnd(one.getId());
        }
      }
      String reason =
          going.stream()
              .collect(
                  Collectors.groupingBy(
                      ScaledInstance::getReason, java.util.TreeMap::new, Collectors.toList()))
              .entrySet()
              .stream()
              .map(each -> "%s: %s".formatted(those(each.getValue()), each.getKey()))
              .collect(Collectors.joining("; "));
      return decided(
          next.setCall(call),
          decision(record.getDesired()).addAllVictims(going),
          reason,
          ids,
          true);
    }

    private String why(String id, List<Going> ready) {
      Going its =
          ready.stream()
              .filter(going -> going.instance().getId().equals(id))
              .findFirst()
              .orElseThrow();
      if (its.waiting().isEmpty()) {
        return "nothing is under way there any more";
      }
      return its.inFlight() > 0
          ? "its drain timeout is over, with %d under way".formatted(its.inFlight())
          : "its drain timeout is over, before %s had said that nothing is under way"
              .formatted(some(its.waiting()));
    }

    private ScaleDecided.Builder decision(int to) {
      return ScaleDecided.newBuilder()
          .setScaler(scaler)
          .setPool(pool)
          .setFrom(record.getDecision() == 0 ? endpoints() : record.getDesired())
          .setTo(to);
    }

    private int endpoints() {
      return is.fixed()
          + in(InstanceState.INSTANCE_STATE_STARTING, InstanceState.INSTANCE_STATE_SERVING).size();
    }

    private Step decided(
        ScalerRecord.Builder next,
        ScaleDecided.Builder decided,
        String reason,
        Set<String> touched,
        boolean calls) {
      next.setDecided(Roll.timestamp(is.wall()));
      return new Step(
          next.build(), Optional.of(new Step.Draft(decided.build(), reason, touched, calls)));
    }
  }

  private static String those(List<ScaledInstance> of) {
    return some(
        of.stream()
            .map(one -> one.getAddress().isEmpty() ? one.getId() : one.getAddress())
            .toList());
  }
}
