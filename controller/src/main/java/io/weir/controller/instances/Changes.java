package io.weir.controller.instances;

import static io.weir.controller.instances.Naming.ids;
import static io.weir.controller.instances.Naming.some;
import static io.weir.controller.instances.Naming.those;

import io.weir.controller.instances.Departures.Going;
import io.weir.v1.HookCall;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaleDecided;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What each decision makes of a scaler's record, and how it is put. Values only. */
final class Changes {
  private final String scaler;
  private final String pool;
  private final ScalerRecord record;
  private final Situation is;

  Changes(String scaler, String pool, ScalerRecord record, Situation is) {
    this.scaler = scaler;
    this.pool = pool;
    this.record = record;
    this.is = is;
  }

  List<ScaledInstance> in(InstanceState... states) {
    Set<InstanceState> wanted = Set.of(states);
    return record.getInstancesList().stream()
        .filter(one -> wanted.contains(one.getState()))
        .toList();
  }

  /** Those that serve, or will. */
  List<ScaledInstance> here() {
    return in(InstanceState.INSTANCE_STATE_STARTING, InstanceState.INSTANCE_STATE_SERVING);
  }

  /** Whether so many were decided on already. */
  boolean isDecided(Wanted wanted) {
    return wanted.endpoints() == record.getDesired() && record.getDecision() != 0;
  }

  Step none() {
    return new Step(record, Optional.empty());
  }

  /**
   * How many there are to be is said.
   *
   * @param only it is not done
   */
  Step say(Wanted wanted, boolean only) {
    return decided(
        record.toBuilder().setDesired(wanted.endpoints()),
        decision(wanted).setRecommendedOnly(only),
        wanted.reason(),
        Set.of(),
        false);
  }

  /** As many as there are, for another reason. */
  Step stay(Wanted wanted) {
    return decided(
        record.toBuilder().setDesired(wanted.endpoints()).clearCall(),
        decision(wanted),
        wanted.reason(),
        Set.of(),
        false);
  }

  Step takeBack(Wanted wanted, List<ScaledInstance> back) {
    ScalerRecord.Builder next = record.toBuilder().setDesired(wanted.endpoints());
    Set<String> ids = ids(back);
    for (ScaledInstance.Builder one : next.getInstancesBuilderList()) {
      if (ids.contains(one.getId())) {
        boolean healthy = is.isHealthy(one.getAddress());
        Roll.move(
            one,
            healthy ? InstanceState.INSTANCE_STATE_SERVING : InstanceState.INSTANCE_STATE_STARTING,
            "it is needed again",
            is.wall());
      }
    }
    return decided(
        next, decision(wanted), wanted.reason() + "; " + those(back) + " need not go", ids, false);
  }

  /**
   * @param target instances there are to be
   * @param lingering further ones that the provider counts, though they are to end
   */
  Step scaleOut(Wanted wanted, int target, int lingering) {
    ScalerRecord.Builder next =
        record.toBuilder()
            .setDesired(wanted.endpoints())
            .setCall(HookCall.newBuilder().setDesired(target + lingering));
    String reason =
        isDecided(wanted)
            ? "%d of %d are missing and are asked for again"
                .formatted(target - here().size(), target)
            : wanted.reason();
    return decided(next, decision(wanted), reason, Set.of(), true);
  }

  Step drain(Wanted wanted, int count) {
    List<ScaledInstance> victims = Victims.choose(here(), count, is);
    ScalerRecord.Builder next = record.toBuilder().setDesired(wanted.endpoints()).clearCall();
    Set<String> ids = ids(victims);
    List<ScaledInstance> going = new ArrayList<>();
    for (ScaledInstance.Builder one : next.getInstancesBuilderList()) {
      if (ids.contains(one.getId())) {
        String reason = "%d under way when it was chosen".formatted(is.inFlight(one.getAddress()));
        Roll.move(one, InstanceState.INSTANCE_STATE_DRAINING, reason, is.wall());
        going.add(one.build());
      }
    }
    return decided(
        next,
        decision(wanted).addAllVictims(going),
        "%s; %s drained"
            .formatted(wanted.reason(), those(victims) + (victims.size() == 1 ? " is" : " are")),
        ids,
        false);
  }

  /**
   * @param failed never became healthy
   * @param left instances there are to be, the failed among them
   */
  Step end(List<ScaledInstance> failed, List<Going> ready, int left) {
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
    return decided(
        next.setCall(call),
        decision(record.getDesired()).addAllVictims(going),
        byReason(going),
        ids,
        true);
  }

  private static String byReason(List<ScaledInstance> going) {
    return going.stream()
        .collect(
            Collectors.groupingBy(ScaledInstance::getReason, TreeMap::new, Collectors.toList()))
        .entrySet()
        .stream()
        .map(each -> "%s: %s".formatted(those(each.getValue()), each.getKey()))
        .collect(Collectors.joining("; "));
  }

  private static String why(String id, List<Going> ready) {
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

  private ScaleDecided.Builder decision(Wanted wanted) {
    return decision(wanted.endpoints()).setInputs(wanted.inputs());
  }

  private ScaleDecided.Builder decision(int to) {
    return ScaleDecided.newBuilder()
        .setScaler(scaler)
        .setPool(pool)
        .setFrom(record.getDecision() == 0 ? is.fixed() + here().size() : record.getDesired())
        .setTo(to);
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
