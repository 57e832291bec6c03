package io.weir.controller.session;

import io.weir.controller.session.SessionEvent.Acked;
import io.weir.controller.session.SessionEvent.Desired;
import io.weir.controller.session.SessionEvent.Nacked;
import io.weir.controller.session.SessionState.AwaitingAck;
import io.weir.controller.session.SessionState.Rejected;
import io.weir.controller.session.SessionState.Synced;
import io.weir.controller.session.SessionState.Syncing;
import io.weir.controller.session.Step.Effect;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.v1.Violation;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The transitions of {@link SessionState}.
 *
 * <pre>
 *              running has what is desired
 *   Syncing ───────────────────────▶ Synced ◀──────┐
 *      │ desired, another one           │ desired  │ ack, nothing newer
 *      ▼                                ▼          │
 *   AwaitingAck ◀──────────────────────────────────┤
 *      │   ▲ │ ack or nack, something newer: send it
 *      │   └─┘ nack of a delta that has no base there: send the whole
 *      ▼ nack
 *   Rejected ──── desired, of another content ──▶ AwaitingAck
 * </pre>
 */
public final class Session {
  private Session() {}

  /**
   * @param running what the agent said it runs, null when that is nothing or cannot be told
   */
  public static SessionState start(@Nullable AgentSnapshot running, Instant now) {
    return new Syncing(running, now);
  }

  public static Step next(SessionState state, SessionEvent event, Instant now) {
    return switch (event) {
      case Desired desired -> desired(state, desired.snapshot(), now);
      case Acked ack -> acked(state, ack.revision(), now);
      case Nacked nack -> nacked(state, nack, now);
    };
  }

  private static Step desired(SessionState state, AgentSnapshot desired, Instant now) {
    return switch (state) {
      case Syncing syncing -> deliver(syncing.running(), desired, now);
      case AwaitingAck waiting ->
          Step.stay(
              new AwaitingAck(
                  waiting.running(), waiting.sent(), waiting.delta(), desired, waiting.since()));
      case Synced synced ->
          synced.running().means(desired)
              ? Step.stay(synced)
              : deliver(synced.running(), desired, now);
      case Rejected rejected ->
          rejected.refused().means(desired)
              ? Step.stay(rejected)
              : deliver(rejected.running(), desired, now);
    };
  }

  private static Step acked(SessionState state, long revision, Instant now) {
    return switch (state) {
      case Syncing syncing -> unasked(syncing, syncing.running(), revision);
      case Synced synced -> unasked(synced, synced.running(), revision);
      case AwaitingAck waiting -> {
        if (revision != waiting.sent().revision()) {
          yield unasked(waiting, waiting.running(), revision);
        }
        yield waiting.dirty()
            ? deliver(waiting.sent(), waiting.desired(), now)
            : Step.stay(new Synced(waiting.sent(), now));
      }
      // What stood in the agent's way may have gone without anything being declared anew.
      case Rejected rejected ->
          revision == rejected.refused().revision()
              ? Step.stay(new Synced(rejected.refused(), now))
              : unasked(rejected, rejected.running(), revision);
    };
  }

  private static Step nacked(SessionState state, Nacked nack, Instant now) {
    if (!(state instanceof AwaitingAck waiting) || nack.revision() != waiting.sent().revision()) {
      // Late or repeated: what it answers is settled.
      return Step.stay(state);
    }
    if (nack.wantsWhole() && waiting.delta()) {
      return whole(waiting.desired(), now);
    }
    if (!waiting.sent().means(waiting.desired())) {
      return deliver(waiting.running(), waiting.desired(), now);
    }
    List<Violation> violations =
        nack.violations().isEmpty()
            ? List.of(Violation.newBuilder().setReason("the agent gave no reason").build())
            : nack.violations();
    return Step.stay(new Rejected(waiting.running(), waiting.sent(), violations, now));
  }

  /** A repeated ack of what runs is nothing new; any other was never asked for. */
  private static Step unasked(SessionState state, @Nullable AgentSnapshot running, long revision) {
    if (running != null && running.revision() == revision) {
      return Step.stay(state);
    }
    String sentence = "the agent acked revision " + revision + ", which it was not sent";
    return new Step(state, new Effect.Close(sentence));
  }

  private static Step deliver(@Nullable AgentSnapshot running, AgentSnapshot desired, Instant now) {
    if (running == null) {
      return whole(desired, now);
    }
    if (running.means(desired)) {
      // It may well have it of another revision, from another controller.
      return Step.stay(new Synced(running, now));
    }
    return new Step(
        new AwaitingAck(running, desired, true, desired, now),
        new Effect.SendDelta(running, desired));
  }

  private static Step whole(AgentSnapshot desired, Instant now) {
    return new Step(
        new AwaitingAck(null, desired, false, desired, now), new Effect.SendSnapshot(desired));
  }
}
