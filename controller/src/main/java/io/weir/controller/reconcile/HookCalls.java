package io.weir.controller.reconcile;

import io.weir.controller.provision.Answer;
import io.weir.controller.provision.Order;
import io.weir.v1.HookCall;
import io.weir.v1.ScalerRecord;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has hooks asked what there is, and called as the store says, when that is due; a call that failed
 * is made again later, with the same key. Confined to the loop's thread.
 */
final class HookCalls {
  private static final Logger log = LoggerFactory.getLogger(HookCalls.class);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);
  private static final Duration LEAST_RETRY = Duration.ofMillis(200);
  private static final Duration REFUSED_RETRY = Duration.ofSeconds(30);
  private static final int DOUBLINGS = 6;

  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Consumer<Scaling> step;

  /**
   * @param nanos monotonic
   * @param step what came of it is in the scaler, which is to be looked at
   */
  HookCalls(LongSupplier nanos, RandomGenerator random, Consumer<Scaling> step) {
    this.nanos = nanos;
    this.random = random;
    this.step = step;
  }

  /**
   * @param record as the store has it
   * @param now ns
   */
  void make(Scaling one, ScalerRecord record, long now) {
    ask(one, record, now);
    call(one, record, now);
  }

  private void ask(Scaling one, ScalerRecord record, long now) {
    if (one.line == null || !one.wantsList(record, now)) {
      return;
    }
    one.asking = true;
    one.line.list(outcome -> {
      one.asking = false;
      long then = nanos.getAsLong();
      one.listDue = then + one.listPause(record).toNanos();
      switch (outcome) {
        case HookLine.Outcome.Done<HookLine.Told> told -> {
          one.listed(told.value(), then);
          if (!one.calling && one.attempts == 0) {
            one.hookError = "";
          }
        }
        case HookLine.Outcome.Failed<HookLine.Told> failed -> failed(one, failed.sentence());
      }
      step.accept(one);
    });
  }

  private static void failed(Scaling one, String sentence) {
    if (!sentence.equals(one.hookError)) {
      log.atWarn()
          .addKeyValue("scaler", one.name)
          .addKeyValue("reason", sentence)
          .log("a scaler's hook fails");
    }
    one.hookError = sentence;
  }

  private void call(Scaling one, ScalerRecord record, long now) {
    if (one.line == null
        || !record.hasCall()
        || record.getCall().getKey().isEmpty()
        || one.calling
        || one.done != null
        || now < one.callDue) {
      return;
    }
    HookCall call = record.getCall();
    one.calling = true;
    Order order =
        new Order(
            call.getKey(),
            one.name,
            one.pool(),
            record.getInstancesCount(),
            call.getDesired(),
            record.getReason());
    one.line.order(
        call,
        order,
        outcome -> {
          one.calling = false;
          long then = nanos.getAsLong();
          switch (outcome) {
            case HookLine.Outcome.Done<Answer> answer -> {
              one.done = answer.value();
              one.hookError = "";
              one.attempts = 0;
              one.listDue = Long.MIN_VALUE;
              one.lifecycle.called(then);
            }
            case HookLine.Outcome.Failed<Answer> failed -> {
              one.attempts++;
              failed(one, failed.sentence());
              one.callDue = then + pause(one, failed).toNanos();
            }
          }
          step.accept(one);
        });
  }

  /** Full jitter under a bound that doubles. */
  private Duration pause(Scaling one, HookLine.Outcome.Failed<Answer> failed) {
    long bound =
        Math.min(
            LAST_RETRY.toNanos(), FIRST_RETRY.toNanos() << Math.min(DOUBLINGS, one.attempts - 1));
    long pause = Math.max(LEAST_RETRY.toNanos(), (long) (random.nextDouble() * bound));
    pause = Math.max(pause, failed.pause().map(Duration::toNanos).orElse(0L));
    return Duration.ofNanos(failed.retryable() ? pause : Math.max(pause, REFUSED_RETRY.toNanos()));
  }
}
