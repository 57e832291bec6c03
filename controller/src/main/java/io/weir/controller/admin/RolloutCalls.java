package io.weir.controller.admin;

import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.reconcile.Questions;
import io.weir.controller.reconcile.RolloutLog;
import io.weir.controller.rollout.Progression;
import io.weir.controller.rollout.Progression.Action;
import io.weir.controller.rollout.Staged;
import io.weir.controller.security.Origin;
import io.weir.controller.store.StagedChanges;
import io.weir.v1.ListRolloutsRequest;
import io.weir.v1.ListRolloutsResponse;
import io.weir.v1.StagedChange;
import io.weir.v1.SteerRolloutRequest;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Staged changes, as operators see and steer them. Blocks. */
final class RolloutCalls {
  private static final Logger log = LoggerFactory.getLogger(RolloutCalls.class);
  private static final int ATTEMPTS = 6;

  private final RolloutLog rolloutLog;
  private final Questions questions;
  private final InstantSource clock;

  RolloutCalls(RolloutLog rolloutLog, Questions questions, InstantSource clock) {
    this.rolloutLog = rolloutLog;
    this.questions = questions;
    this.clock = clock;
  }

  ListRolloutsResponse list(ListRolloutsRequest request) {
    return ListRolloutsResponse.newBuilder()
        .addAllRollouts(
            List.copyOf(rolloutLog.list().staging().all().values()).reversed().stream()
                .filter(staged -> request.getAll() || !staged.isOver())
                .map(this::shown)
                .toList())
        .build();
  }

  Answer<StagedChange> get(long number) {
    return found(rolloutLog.list(), number).then(staged -> Answer.done(shown(staged)));
  }

  private StagedChange shown(Staged staged) {
    return questions
        .progress(staged.number())
        .map(progress -> staged.shown().toBuilder().setProgress(progress).build())
        .orElseGet(staged::shown);
  }

  private static Answer<Staged> found(StagedChanges.Listed listed, long number) {
    Optional<Staged> staged = listed.staging().get(number);
    return staged
        .map(Answer::done)
        .orElseGet(() ->
            Answer.refused(
                new Refusal.Missing(
                    listed.next() == 1
                        ? "there is no rollout %d; there has been none".formatted(number)
                        : "there is no rollout %d, or not any more; the newest is %d"
                            .formatted(number, listed.next() - 1))));
  }

  Answer<StagedChange> steer(SteerRolloutRequest request) {
    Optional<Action> action = action(request.getAction());
    if (action.isEmpty()) {
      return Answer.refused(new Refusal.Malformed("the request has no action"));
    }
    if (request.getAuthor().length() > 256) {
      return Answer.refused(new Refusal.Malformed("the author is too long; at most 256 bytes"));
    }
    String identity = Origin.current().caller().toString();
    String by =
        !identity.isEmpty()
            ? identity
            : request.getAuthor().isEmpty() ? "an operator" : request.getAuthor();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Answer<Staged> found = found(rolloutLog.list(), request.getNumber());
      if (!(found instanceof Answer.Done<Staged>(Staged staged))) {
        return found.then(one -> Answer.done(one.shown()));
      }
      switch (Progression.steer(
          staged.change(), action.get(), by, questions.connected(), clock.instant())) {
        case Progression.Steered.Same _ -> {
          return Answer.done(shown(staged));
        }
        case Progression.Steered.Refused refused -> {
          return Answer.refused(new Refusal.Premature(refused.reason()));
        }
        case Progression.Steered.To to -> {
          switch (rolloutLog.move(staged, to.change(), List.of())) {
            case RolloutLog.Result.Written written -> {
              log.atInfo()
                  .addKeyValue("rollout", staged.number())
                  .addKeyValue("action", action.get())
                  .addKeyValue("author", by)
                  .log("rollout steered");
              return Answer.done(new Staged(to.change(), written.revision()).shown());
            }
            case RolloutLog.Result.Impossible impossible -> {
              return Answer.refused(
                  new Refusal.Premature(
                      "rollout %d cannot be declared: %s"
                          .formatted(staged.number(), impossible.reason())));
            }
            case RolloutLog.Result.Overtaken _ -> {}
          }
        }
      }
    }
    return Answer.refused(
        new Refusal.Stale(
            "rollout %d moved on at the same time, %d times in a row; try again"
                .formatted(request.getNumber(), ATTEMPTS)));
  }

  private static Optional<Action> action(SteerRolloutRequest.Action action) {
    return switch (action) {
      case ACTION_PAUSE -> Optional.of(Action.PAUSE);
      case ACTION_RESUME -> Optional.of(Action.RESUME);
      case ACTION_ABORT -> Optional.of(Action.ABORT);
      case ACTION_CONFIRM -> Optional.of(Action.CONFIRM);
      case ACTION_PROMOTE -> Optional.of(Action.PROMOTE);
      case ACTION_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
    };
  }
}
