package io.weir.controller.admin;

import com.google.protobuf.Timestamp;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.admin.Plan.Item;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Validator;
import io.weir.controller.rollout.Progression;
import io.weir.controller.rollout.Staged;
import io.weir.controller.rollout.Staging;
import io.weir.controller.store.Journal.Authorship;
import io.weir.v1.Resource;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutSpec;
import io.weir.v1.RolloutWish;
import io.weir.v1.StagedChange;
import io.weir.v1.StagedOutcome;
import io.weir.v1.Violation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Decides how a write goes out, and whether it may beside those that do already. Pure. */
final class Stager {
  private static final int MAX_ACTIVE = 8;

  private Stager() {}

  /** By steps; empty: to all at once. */
  static Answer<Optional<RolloutPlan>> way(Config config, Plan plan, RolloutWish wish) {
    return switch (wish.getWayCase()) {
      case NOW -> Answer.done(Optional.empty());
      case PLAN -> {
        List<Violation> violations = Validator.check(wish.getPlan());
        yield violations.isEmpty()
            ? Answer.done(Optional.of(wish.getPlan().toBuilder().clearPolicy().build()))
            : Answer.refused(new Refusal.Invalid(violations));
      }
      case POLICY -> {
        ResourceKey key = ResourceKey.rollout(wish.getPolicy());
        yield config
            .get(key)
            .map(policy -> Answer.done(Optional.of(plan(policy))))
            .orElseGet(() -> Answer.refused(new Refusal.Missing(Planner.missing(config, key))));
      }
      case WAY_NOT_SET ->
          Answer.done(
              config
                  .of(Kind.ROLLOUT)
                  .filter(policy -> selects(policy.getRollout().getSpec(), plan))
                  .findFirst()
                  .map(Stager::plan));
    };
  }

  private static boolean selects(RolloutSpec spec, Plan plan) {
    return spec.getSelectCount() > 0
        && plan.items().stream()
            .filter(item -> item.isWritten() && item.key().kind() != Kind.ROLLOUT)
            .flatMap(item ->
                Stream.of(Optional.ofNullable(item.before()), Optional.ofNullable(item.after())))
            .flatMap(Optional::stream)
            .map(resource -> resource.getMetadata().getLabelsMap())
            .anyMatch(labels -> labels.entrySet().containsAll(spec.getSelectMap().entrySet()));
  }

  private static RolloutPlan plan(Resource policy) {
    RolloutSpec spec = policy.getRollout().getSpec();
    RolloutPlan.Builder plan =
        RolloutPlan.newBuilder()
            .addAllSteps(spec.getStepsList())
            .setGates(spec.getGates())
            .setPolicy(policy.getMetadata().getName());
    if (spec.hasTimeout()) {
      plan.setTimeout(spec.getTimeout());
    }
    return plan.build();
  }

  /** Why the write may not be beside what is staged, if so. */
  static Optional<Refusal> conflict(Config config, Plan plan, Staging staging) {
    List<Item> written = plan.items().stream().filter(Item::isWritten).toList();
    for (Item item : written) {
      Optional<Staged> other = staging.touching(item.key());
      if (other.isPresent()) {
        long number = other.get().number();
        return Optional.of(
            new Refusal.Premature(
                "%s is part of rollout %d, which is under way; wait for its end, or take it back with: weir ctl rollout abort %d"
                    .formatted(item.key(), number, number)));
      }
    }
    if (staging.active().isEmpty()) {
      return Optional.empty();
    }
    Config result = plan.appliedTo(staging.over(config));
    List<Violation> violations =
        new ArrayList<>(
            Validator.check(
                written.stream().map(Item::after).filter(Objects::nonNull).toList(), result));
    Set<ResourceKey> deleted =
        written.stream()
            .filter(item -> item.after() == null)
            .map(Item::key)
            .collect(Collectors.toSet());
    violations.addAll(Validator.checkDeletion(deleted, result));
    if (violations.isEmpty()) {
      return Optional.empty();
    }
    String besides =
        staging.active().stream()
            .map(staged -> Long.toString(staged.number()))
            .collect(Collectors.joining(", "));
    return Optional.of(
        new Refusal.Breaking(
            violations.stream()
                .map(violation ->
                    violation.toBuilder()
                        .setReason(
                            "%s (with what rollout %s changes, which is under way)"
                                .formatted(violation.getReason(), besides))
                        .build())
                .toList()));
  }

  /** Why no more may be staged, if so. */
  static Optional<Refusal> full(Staging staging) {
    return staging.active().size() < MAX_ACTIVE
        ? Optional.empty()
        : Optional.of(
            new Refusal.Premature(
                "%d rollouts are under way, which is the most; wait for the end of one"
                    .formatted(MAX_ACTIVE)));
  }

  static StagedChange stage(long number, Plan plan, RolloutPlan way, Authorship authorship) {
    Instant now = authorship.time();
    String author = authorship.author();
    Timestamp time =
        Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()).build();
    StagedChange.Builder change =
        StagedChange.newBuilder()
            .setNumber(number)
            .setPlan(way)
            .setAuthor(author)
            .setMessage(authorship.message())
            .setAuthenticated(authorship.authenticated())
            .setPeer(authorship.peer())
            .setCreated(time);
    List<StagedOutcome> gone = new ArrayList<>();
    for (Item item : plan.items()) {
      if (!item.isWritten()) {
        continue;
      }
      Resource before = item.before();
      StagedOutcome outcome =
          StagedOutcome.newBuilder()
              .setResource(item.key().ref())
              .setRevision(before == null ? 0 : before.getMetadata().getRevision())
              .build();
      Resource after = item.after();
      if (after == null) {
        change.addDeleted(item.key().ref());
        gone.add(outcome);
      } else {
        change.addResources(after);
        change.addOutcomes(outcome);
      }
    }
    return Progression.begun(
        change.addAllOutcomes(gone).build(),
        author.isEmpty() ? "asked for" : "asked for by " + author,
        now);
  }
}
