package io.weir.controller.reconcile;

import com.google.protobuf.ByteString;
import io.weir.controller.instances.Past;
import io.weir.controller.instances.Step;
import io.weir.controller.model.Scaled;
import io.weir.v1.ScalerRecord;
import java.util.function.LongSupplier;

/**
 * Has what came of a look written, with what there was before and what the recommender goes on
 * with. Confined to the loop's thread.
 */
final class ScalerLog {
  private final long term;
  private final LongSupplier nanos;
  private final ScalerDriver.Around around;

  /**
   * @param nanos monotonic
   */
  ScalerLog(long term, LongSupplier nanos, ScalerDriver.Around around) {
    this.term = term;
    this.nanos = nanos;
    this.around = around;
  }

  /**
   * The scaler waits for it, unless there is nothing to write.
   *
   * @param before as the store has it
   */
  void write(Scaling one, Scaled before, Step step) {
    long at = nanos.getAsLong();
    one.rememberedAt = at;
    ByteString memory = ByteString.copyFrom(one.recommender.memory());
    Step whole =
        new Step(
            Past.kept(
                before.record(),
                before.revision(),
                step.record().toBuilder().setMemory(memory).build()),
            step.decision());
    if (whole.record().equals(before.record()) && whole.decision().isEmpty()) {
      return;
    }
    if (step.decision().isPresent()) {
      one.attempts = 0;
      one.callDue = Long.MIN_VALUE;
    }
    one.awaitedSince = at;
    around.decide(
        one.name,
        whole.decision(),
        number -> {
          // Once only, when it is numbered: it is this that has to be seen.
          ScalerRecord numbered =
              whole.numbered(number, "%s-%d-%d".formatted(one.name, term, number));
          one.awaited = numbered;
          return numbered;
        });
  }
}
