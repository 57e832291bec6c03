package io.weir.controller.reconcile;

import io.weir.controller.failover.Deliberation;
import io.weir.controller.health.Target;
import io.weir.controller.health.Verdict;
import io.weir.controller.health.VerdictBoard.Explained;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointExplanation;
import io.weir.v1.ExplainResponse;
import io.weir.v1.Force;
import io.weir.v1.PoolSpec;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import io.weir.v1.Vote;
import java.util.Optional;
import java.util.OptionalInt;

/** Why traffic is where it is, in sentences. On the loop's thread. */
final class Explaining {
  private static final int DECISIONS = 10;

  private final Deliberation deliberation;
  private final DecisionHistory history;
  private final long now;

  Explaining(Deliberation deliberation, DecisionHistory history, long now) {
    this.deliberation = deliberation;
    this.history = history;
    this.now = now;
  }

  /** Of one endpoint of {@code pool}, or of all where {@code endpoint} is empty. */
  ExplainResponse explain(Resource pool, String endpoint) {
    String name = pool.getMetadata().getName();
    ExplainResponse.Builder response =
        ExplainResponse.newBuilder()
            .setPool(pool)
            .addAllDecisions(history.newest(new DecisionHistory.Filter(name, ""), DECISIONS));
    if (deliberation.board().isFrozen()) {
      response.setFrozen(
          "so much began to fail at once that no endpoint is ejected until it is calm");
    }
    for (Endpoint one : pool.getPool().getSpec().getEndpointsList()) {
      if (endpoint.isEmpty() || endpoint.equals(one.getAddress())) {
        response.addEndpoints(explain(pool, one));
      }
    }
    return response.build();
  }

  private EndpointExplanation explain(Resource pool, Endpoint endpoint) {
    String name = pool.getMetadata().getName();
    Target target = new Target(name, endpoint.getAddress());
    Optional<Explained> explained = deliberation.board().explain(target, now);
    EndpointExplanation.Builder explanation =
        EndpointExplanation.newBuilder()
            .setAddress(endpoint.getAddress())
            .setVerdict(deliberation.board().verdict(target).wire())
            .addAllDecisions(
                history.newest(new DecisionHistory.Filter(name, endpoint.getAddress()), DECISIONS));
    explained.ifPresent(of -> explanation.addAllObservers(of.observers()).addAllVotes(of.votes()));
    return explanation.setSentence(sentence(pool, endpoint, explained)).build();
  }

  private String sentence(Resource pool, Endpoint endpoint, Optional<Explained> explained) {
    String name = pool.getMetadata().getName();
    Optional<String> unusable = deliberation.unusable(name, endpoint);
    if (unusable.isPresent()) {
      String why = unusable.get();
      boolean judged = explained.map(of -> of.verdict() instanceof Verdict.Unhealthy).orElse(false);
      return "takes no new requests: " + why + (judged ? ": " + because(name, endpoint) : "");
    }
    PoolStatus status = pool.getPool().getStatus();
    PoolSpec spec = pool.getPool().getSpec();
    if (endpoint.getPriority() < status.getFloor()) {
      return "takes no requests while any endpoint of priority %d or above can serve: the pool is there by decision %d, as %s"
          .formatted(status.getFloor(), status.getFloorDecision(), status.getFloorReason());
    }
    OptionalInt serving = serving(name, spec, status.getFloor());
    if (serving.isPresent() && serving.getAsInt() < endpoint.getPriority()) {
      return "is a backup: it takes requests as far as those of priority %d cannot"
          .formatted(serving.getAsInt());
    }
    if (endpoint.getForce() == Force.FORCE_HEALTHY) {
      return "takes requests: an operator forced it to be healthy";
    }
    return "takes requests: " + state(spec, explained);
  }

  private static String state(PoolSpec spec, Optional<Explained> explained) {
    if (!spec.hasHealth() || explained.isEmpty()) {
      return "it is not probed, so it counts as usable";
    }
    Explained of = explained.get();
    return switch (of.verdict()) {
      case Verdict.Unknown _ -> "no agent has said anything of it yet, so it counts as usable";
      case Verdict.Asymmetric asymmetric ->
          "but not from %s, which %s not reach it"
              .formatted(
                  String.join(", ", asymmetric.agents()),
                  asymmetric.agents().size() == 1 ? "does" : "do");
      case Verdict.Healthy _, Verdict.Unhealthy _ -> {
        long reached = of.votes().stream().filter(Vote::getReached).count();
        yield reached + " of the " + of.votes().size() + " agents that probe it reach it";
      }
    };
  }

  private String because(String pool, Endpoint endpoint) {
    Target target = new Target(pool, endpoint.getAddress());
    long decision = deliberation.decisionOn(target);
    String reason = deliberation.board().explain(target, now).map(Explained::reason).orElse("");
    return decision == 0 ? reason : "%s (decision %d)".formatted(reason, decision);
  }

  /** The lowest priority from the floor up of which anything can serve. */
  private OptionalInt serving(String pool, PoolSpec spec, int floor) {
    return spec.getEndpointsList().stream()
        .filter(endpoint -> endpoint.getPriority() >= floor)
        .filter(endpoint -> deliberation.unusable(pool, endpoint).isEmpty())
        .mapToInt(Endpoint::getPriority)
        .min();
  }
}
