package io.weir.controller.instances;

import io.weir.controller.instances.Departures.Going;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is decided at one look: at most one thing, by what is most urgent. */
final class Plan {
  /** At ending, before asking for more goes first. */
  private static final int ATTEMPTS = 3;

  private final ScalerRecord record;
  private final Situation is;
  private final Asked asked;
  private final Set<String> lingering;
  private final Changes changes;

  /**
   * @param lingering ids of those that were to end and that the provider still counts
   */
  Plan(
      String scaler,
      String pool,
      ScalerRecord record,
      Situation is,
      Asked asked,
      Set<String> lingering) {
    this.record = record;
    this.is = is;
    this.asked = asked;
    this.lingering = lingering;
    this.changes = new Changes(scaler, pool, record, is);
  }

  /**
   * @param failed instances that never became healthy
   * @param ready those that are drained and may end, or were to and have not
   */
  Step decide(List<ScaledInstance> failed, List<Going> ready) {
    return switch (is.conduct()) {
      case OFF -> changes.none();
      case RECOMMEND -> tell(true);
      case TELL -> tell(false);
      case ACT -> act(failed, ready);
    };
  }

  /** Only says how many there are to be. */
  private Step tell(boolean only) {
    Wanted wanted = is.wanted().orElse(null);
    if (wanted == null || changes.isDecided(wanted) || (only && asked.isNoted(is.now()))) {
      return changes.none();
    }
    asked.noted(is.now());
    return changes.say(wanted, only);
  }

  private Step act(List<ScaledInstance> failed, List<Going> ready) {
    Wanted wanted = is.wanted().orElse(null);
    if (wanted == null) {
      return changes.none();
    }
    int target = Math.max(0, wanted.endpoints() - is.fixed());
    int here = changes.here().size();
    if (here < target) {
      List<ScaledInstance> back = back(target - here);
      if (!back.isEmpty()) {
        return changes.takeBack(wanted, back);
      }
    }
    boolean ending = record.hasCall() && record.getCall().getEndCount() > 0;
    boolean same = !ending && wanted.endpoints() == record.getDesired();
    boolean busy = record.hasCall() && (is.calling() || same);
    boolean gaveUp = ending && !is.calling() && is.attempts() >= ATTEMPTS && here < target;
    if (busy || (ending && !gaveUp)) {
      return changes.none();
    }
    if (gaveUp) {
      return scaleOut(wanted, target);
    }
    if (!ready.isEmpty() || !failed.isEmpty()) {
      return changes.end(failed, ready, Math.min(target, here));
    }
    if (here < target) {
      boolean other = wanted.endpoints() != record.getDesired();
      return other || asked.isSettled(is) ? scaleOut(wanted, target) : changes.none();
    }
    if (here > target) {
      return changes.drain(wanted, here - target);
    }
    return changes.isDecided(wanted) ? changes.none() : changes.stay(wanted);
  }

  /**
   * The provider has to be asked for more than serve, as it counts what it has not ended. Once that
   * has ended it is right by itself.
   */
  private Step scaleOut(Wanted wanted, int target) {
    Set<String> counted = new HashSet<>(lingering);
    counted.addAll(record.getCall().getEndList());
    counted.retainAll(Naming.ids(changes.in(InstanceState.INSTANCE_STATE_ENDING)));
    is.listing().ifPresent(listing -> counted.removeAll(listing.leaving()));
    return changes.scaleOut(wanted, target, counted.size());
  }

  /** Of those that were chosen to go, but for those that go by themselves. */
  private List<ScaledInstance> back(int count) {
    return changes.in(InstanceState.INSTANCE_STATE_DRAINING).stream()
        .filter(one -> one.getDecision() != 0)
        .sorted(Comparator.comparing(one -> one.getAddress().isEmpty()))
        .limit(count)
        .toList();
  }
}
