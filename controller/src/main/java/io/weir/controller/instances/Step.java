package io.weir.controller.instances;

import io.weir.v1.HookCall;
import io.weir.v1.ScaleDecided;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.util.Optional;
import java.util.Set;

/**
 * What comes of a look.
 *
 * @param record as it is to be; without the decision's number where there is one
 * @param decision what was decided; empty: nothing
 */
public record Step(ScalerRecord record, Optional<Draft> decision) {
  /**
   * A decision that has no number yet.
   *
   * @param decided without victims' numbers
   * @param reason a sentence
   * @param touched ids of the instances that it brings to another state
   * @param calls the hook is to be called for it
   */
  public record Draft(ScaleDecided decided, String reason, Set<String> touched, boolean calls) {
    public Draft {
      touched = Set.copyOf(touched);
    }
  }

  /**
   * The record once the decision has its number.
   *
   * @param key for the hook, the same for every attempt
   */
  public ScalerRecord numbered(long number, String key) {
    if (decision.isEmpty()) {
      return record;
    }
    Draft draft = decision.get();
    ScalerRecord.Builder numbered = record.toBuilder();
    if (!draft.calls() || numbered.getCall().getEndCount() == 0) {
      // That some end follows from what made them go, which is why there are so many.
      numbered.setDecision(number).setReason(draft.reason());
    }
    for (ScaledInstance.Builder instance : numbered.getInstancesBuilderList()) {
      if (draft.touched().contains(instance.getId())) {
        instance.setDecision(number);
      }
    }
    if (draft.calls()) {
      HookCall.Builder call = numbered.getCallBuilder();
      call.setKey(key);
    }
    return numbered.build();
  }
}
