package io.weir.controller.admin;

import io.grpc.stub.ServerCallStreamObserver;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.model.Kind;
import io.weir.controller.reconcile.DecisionHistory;
import io.weir.controller.reconcile.Questions;
import io.weir.controller.reconcile.Watchers;
import io.weir.controller.store.Journal;
import io.weir.v1.AwaitProgress;
import io.weir.v1.AwaitRequest;
import io.weir.v1.Decision;
import io.weir.v1.EventsRequest;
import io.weir.v1.StagedChange;
import io.weir.v1.WatchEvent;
import io.weir.v1.WatchRequest;
import io.weir.v1.WatchRolloutRequest;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Calls that go on: whoever calls is told of every change until it is over. */
final class FollowCalls {
  private final Journal journal;
  private final Questions questions;
  private final RolloutCalls rollouts;

  FollowCalls(Journal journal, Questions questions, RolloutCalls rollouts) {
    this.journal = journal;
    this.questions = questions;
    this.rollouts = rollouts;
  }

  void watch(WatchRequest request, ServerCallStreamObserver<WatchEvent> responses) {
    switch (Asked.kind(request.getKind())) {
      case Answer.Refused<Optional<Kind>> refused ->
          responses.onError(StatusMapper.exception(refused.refusal()));
      case Answer.Done<Optional<Kind>> kind -> {
        WatchStream stream = new WatchStream(responses);
        Runnable end =
            questions.watch(
                new Watchers.Filter(kind.value(), request.getName(), request.getLabelsMap()),
                stream);
        responses.setOnReadyHandler(stream::flush);
        responses.setOnCancelHandler(() -> {
          stream.cancelled();
          end.run();
        });
      }
    }
  }

  void events(EventsRequest request, ServerCallStreamObserver<Decision> responses) {
    switch (Asked.limit(request.getLimit())) {
      case Answer.Refused<Integer> refused ->
          responses.onError(StatusMapper.exception(refused.refusal()));
      case Answer.Done<Integer> limit -> events(request, limit.value(), responses);
    }
  }

  private void events(
      EventsRequest request, int limit, ServerCallStreamObserver<Decision> responses) {
    DecisionHistory.Filter filter =
        new DecisionHistory.Filter(request.getPool(), request.getEndpoint());
    if (!request.getFollow()) {
      questions.decisions(filter, limit).forEach(responses::onNext);
      responses.onCompleted();
      return;
    }
    EventStream stream = new EventStream(responses);
    Runnable end = questions.follow(filter, limit, stream);
    responses.setOnReadyHandler(stream::flush);
    responses.setOnCancelHandler(() -> {
      stream.cancelled();
      end.run();
    });
  }

  void watchRollout(WatchRolloutRequest request, ServerCallStreamObserver<StagedChange> responses) {
    RolloutStream stream = new RolloutStream(responses);
    // Before anything is asked of the store, since gRPC wants its handlers now.
    CompletableFuture<Runnable> end = new CompletableFuture<>();
    responses.setOnReadyHandler(stream::flush);
    responses.setOnCancelHandler(() -> {
      stream.cancelled();
      var _ = end.thenAccept(Runnable::run);
    });
    Calls.answer(
        responses,
        () -> rollouts.get(request.getNumber()),
        change -> end.complete(questions.watch(change.getNumber(), stream)));
  }

  void await(AwaitRequest request, ServerCallStreamObserver<AwaitProgress> responses) {
    AwaitStream stream = new AwaitStream(responses);
    // Likewise.
    CompletableFuture<Runnable> end = new CompletableFuture<>();
    responses.setOnReadyHandler(stream::flush);
    responses.setOnCancelHandler(() -> {
      stream.cancelled();
      var _ = end.thenAccept(Runnable::run);
    });
    Calls.answer(
        responses,
        () -> awaited(request),
        revision -> end.complete(questions.await(revision, percent(request), stream)));
  }

  private static int percent(AwaitRequest request) {
    return request.getPercent() == 0 ? 100 : request.getPercent();
  }

  /** The revision to wait for. */
  private Answer<Long> awaited(AwaitRequest request) {
    if (percent(request) < 1 || percent(request) > 100) {
      return Answer.refused(
          new Refusal.Malformed("percent must be 1 to 100, is %d".formatted(request.getPercent())));
    }
    Journal.State state = journal.read();
    if (request.getRevision() < 0 || request.getRevision() > state.revision()) {
      return Answer.refused(
          new Refusal.OutOfHistory(
              "there is no revision %d; the newest is %d"
                  .formatted(request.getRevision(), state.revision())));
    }
    return Answer.done(request.getRevision() == 0 ? state.headRevision() : request.getRevision());
  }
}
