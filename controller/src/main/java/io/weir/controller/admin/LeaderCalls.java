package io.weir.controller.admin;

import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.Image;
import io.weir.controller.reconcile.Questions;
import io.weir.controller.store.Journal;
import io.weir.v1.AvailabilityRequest;
import io.weir.v1.AvailabilityResponse;
import io.weir.v1.ExplainRequest;
import io.weir.v1.ExplainResponse;
import io.weir.v1.JoinToken;
import io.weir.v1.Resource;
import java.util.List;
import java.util.Optional;

/** What only the controller that leads can say. Blocks. */
final class LeaderCalls {
  private final Journal journal;
  private final Questions questions;
  private final Identity identity;

  LeaderCalls(Journal journal, Questions questions, Identity identity) {
    this.journal = journal;
    this.questions = questions;
    this.identity = identity;
  }

  Answer<ExplainResponse> explain(ExplainRequest request) {
    Config config = Image.config(journal.read());
    return request.getScaler().isEmpty()
        ? Asked.found(config, ResourceKey.pool(request.getPool()), "")
            .then(pool -> explain(pool, request.getEndpoint()))
        : Asked.found(config, ResourceKey.scaler(request.getScaler()), "")
            .then(scaler -> led(questions.explain(scaler)));
  }

  private Answer<ExplainResponse> explain(Resource pool, String endpoint) {
    return led(questions.explain(pool, endpoint))
        .then(explained ->
            endpoint.isEmpty() || explained.getEndpointsCount() > 0
                ? Answer.done(explained)
                : Answer.refused(
                    new Refusal.Missing(
                        "pool/%s has no endpoint \"%s\""
                            .formatted(pool.getMetadata().getName(), endpoint))));
  }

  Answer<AvailabilityResponse> availability(AvailabilityRequest request) {
    Config config = Image.config(journal.read());
    return request.getPool().isEmpty()
        ? availability(config.names(Kind.POOL).toList())
        : Asked.found(config, ResourceKey.pool(request.getPool()), "")
            .then(pool -> availability(List.of(pool.getMetadata().getName())));
  }

  private Answer<AvailabilityResponse> availability(List<String> pools) {
    return led(questions.availability(pools))
        .then(known -> Answer.done(AvailabilityResponse.newBuilder().addAllPools(known).build()));
  }

  /** What it takes to be part of the ring of agents. */
  Answer<JoinToken> join() {
    return led(questions.ring())
        .then(ring ->
            Answer.done(
                JoinToken.newBuilder().setCluster(identity.cluster()).setGossip(ring).build()));
  }

  private static <T> Answer<T> led(Optional<T> known) {
    return known.map(Answer::done).orElseGet(() -> Answer.refused(new Refusal.Leaderless()));
  }
}
