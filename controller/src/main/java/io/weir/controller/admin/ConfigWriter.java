package io.weir.controller.admin;

import com.google.protobuf.Timestamp;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.model.Config;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.reconcile.Image;
import io.weir.controller.security.Origin;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Journal.Authorship;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.DeleteRequest;
import io.weir.v1.RollbackRequest;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutWish;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads, plans and appends to the journal; starts over when someone else wrote in between. Blocks.
 */
final class ConfigWriter {
  private static final Logger log = LoggerFactory.getLogger(ConfigWriter.class);
  private static final int MAX_RESOURCES = 100;
  private static final int MAX_MESSAGE_BYTES = 1_024;
  private static final int MAX_AUTHOR_BYTES = 256;
  private static final int ATTEMPTS = 6;

  private final Store store;
  private final Journal journal;
  private final InstantSource clock;

  ConfigWriter(Store store, Journal journal, InstantSource clock) {
    this.store = store;
    this.journal = journal;
    this.clock = clock;
  }

  @FunctionalInterface
  private interface Planning {
    Answer<Plan> plan(Config config, Timestamp now);
  }

  /** The parts that all writes have. */
  private record Terms(boolean dryRun, String author, String message, RolloutWish wish) {
    Optional<Refusal> refusal(int resources) {
      if (resources < 1 || resources > MAX_RESOURCES) {
        return Optional.of(
            new Refusal.Malformed(
                "a request names 1 to %d resources, this one %d"
                    .formatted(MAX_RESOURCES, resources)));
      }
      return tooLong("message", message, MAX_MESSAGE_BYTES)
          .or(() -> tooLong("author", author, MAX_AUTHOR_BYTES));
    }

    private static Optional<Refusal> tooLong(String what, String text, int most) {
      int bytes = text.getBytes(StandardCharsets.UTF_8).length;
      return bytes <= most
          ? Optional.empty()
          : Optional.of(
              new Refusal.Malformed(
                  "the %s is %d bytes long; at most %d".formatted(what, bytes, most)));
    }
  }

  Answer<ApplyResponse> apply(ApplyRequest request) {
    Terms terms =
        new Terms(
            request.getDryRun(), request.getAuthor(), request.getMessage(), request.getRollout());
    Optional<Refusal> refusal = terms.refusal(request.getResourcesCount());
    if (refusal.isPresent()) {
      return Answer.refused(refusal.get());
    }
    OptionalLong expected =
        request.hasExpectedRevision()
            ? OptionalLong.of(request.getExpectedRevision())
            : OptionalLong.empty();
    return write(
        terms, (config, now) -> Planner.apply(config, request.getResourcesList(), expected, now));
  }

  Answer<ApplyResponse> delete(DeleteRequest request) {
    Terms terms =
        new Terms(
            request.getDryRun(), request.getAuthor(), request.getMessage(), request.getRollout());
    Optional<Refusal> refusal = terms.refusal(request.getResourcesCount());
    if (refusal.isPresent()) {
      return Answer.refused(refusal.get());
    }
    OptionalLong expected =
        request.hasExpectedRevision()
            ? OptionalLong.of(request.getExpectedRevision())
            : OptionalLong.empty();
    return write(
        terms, (config, _) -> Planner.delete(config, request.getResourcesList(), expected));
  }

  Answer<ApplyResponse> rollback(RollbackRequest request, Optional<ResourceKey> only) {
    long revision = request.getRevision();
    String message =
        request.getMessage().isEmpty() ? "rollback to revision " + revision : request.getMessage();
    Terms terms =
        new Terms(request.getDryRun(), request.getAuthor(), message, request.getRollout());
    Optional<Refusal> refusal = terms.refusal(1);
    if (refusal.isPresent()) {
      return Answer.refused(refusal.get());
    }
    OptionalLong expected =
        request.hasExpectedRevision()
            ? OptionalLong.of(request.getExpectedRevision())
            : OptionalLong.empty();
    return at(revision)
        .then(target ->
            write(
                terms,
                (config, now) -> Planner.rollback(config, target, only, revision, expected, now)));
  }

  /** Everything declared as it was once {@code revision} was written. */
  Answer<Config> at(long revision) {
    if (revision < 1) {
      return Answer.refused(
          new Refusal.Malformed("revisions begin at 1; there is none " + revision));
    }
    return switch (journal.at(revision)) {
      case Journal.Past.Known known ->
          Answer.done(new Config(revision, Image.resources(known.config().values())));
      case Journal.Past.Forgotten forgotten ->
          Answer.refused(
              new Refusal.OutOfHistory(
                  "revision %d is no longer in the history, which reaches back to revision %d"
                      .formatted(revision, forgotten.oldest())));
      case Journal.Past.Future future ->
          Answer.refused(
              new Refusal.OutOfHistory(
                  "revision %d is not there yet; the newest is %d"
                      .formatted(revision, future.newest())));
    };
  }

  private Answer<ApplyResponse> write(Terms terms, Planning planning) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Journal.State seen = journal.read();
      Instant now = clock.instant();
      Answer<Plan> answer = planning.plan(Image.config(seen), timestamp(now));
      if (!(answer instanceof Answer.Done<Plan>(Plan plan))) {
        return answer.then(_ -> Answer.done(ApplyResponse.getDefaultInstance()));
      }
      StagedChanges.Listed staged = StagedChanges.list(store);
      Optional<Refusal> conflict = Stager.conflict(Image.config(seen), plan, staged.staging());
      if (conflict.isPresent()) {
        return Answer.refused(conflict.get());
      }
      Answer<Optional<RolloutPlan>> way = Stager.way(Image.config(seen), plan, terms.wish());
      if (!(way instanceof Answer.Done<Optional<RolloutPlan>>(Optional<RolloutPlan> steps))) {
        return way.then(_ -> Answer.done(ApplyResponse.getDefaultInstance()));
      }
      if (terms.dryRun() || plan.writesNothing()) {
        return Answer.done(plan.response(seen.revision(), OptionalLong.empty()));
      }
      Authorship authorship = authorship(terms, now);
      if (steps.isPresent()) {
        Optional<Refusal> full = Stager.full(staged.staging());
        if (full.isPresent()) {
          return Answer.refused(full.get());
        }
      }
      CommitResult result =
          steps.isPresent()
              ? stage(seen, staged, plan, steps.get(), authorship)
              : journal.append(
                  seen,
                  authorship,
                  plan.writes(),
                  plan.changes(),
                  new Journal.Along(0, List.of(staged.unchanged()), List.of()));
      switch (result) {
        case CommitResult.Committed committed when steps.isPresent() -> {
          log.atInfo()
              .addKeyValue("rollout", staged.next())
              .addKeyValue("author", terms.author())
              .addKeyValue("message", terms.message())
              .addKeyValue("changes", plan.changes().size())
              .log("change staged");
          return Answer.done(
              plan.response(committed.revision(), OptionalLong.empty()).toBuilder()
                  .setRollout(staged.next())
                  .build());
        }
        case CommitResult.Committed committed -> {
          long revision = committed.revision();
          log.atInfo()
              .addKeyValue("revision", revision)
              .addKeyValue("author", authorship.author())
              .addKeyValue("message", terms.message())
              .addKeyValue("changes", plan.changes().size())
              .log("configuration written");
          return Answer.done(plan.response(revision, OptionalLong.of(revision)));
        }
        case CommitResult.Conflict _ -> {}
        case CommitResult.TooLarge large -> {
          return Answer.refused(
              new Refusal.TooLarge(large.reason() + "; do it in several smaller steps"));
        }
      }
    }
    return Answer.refused(
        new Refusal.Stale(
            "others wrote at the same time, %d times in a row; nothing was written, try again"
                .formatted(ATTEMPTS)));
  }

  /** Who shows a certificate is who that says, and cannot claim to be another. */
  private static Authorship authorship(Terms terms, Instant now) {
    Origin origin = Origin.current();
    String identity = origin.caller().toString();
    return identity.isEmpty()
        ? new Authorship(terms.author(), terms.message(), now, false, origin.peer())
        : new Authorship(identity, terms.message(), now, true, origin.peer());
  }

  private CommitResult stage(
      Journal.State seen,
      StagedChanges.Listed staged,
      Plan plan,
      RolloutPlan steps,
      Authorship authorship) {
    return store.commit(
        new Store.Transaction(
            List.of(staged.unchanged(), new Store.Expectation(Journal.HEAD, seen.headRevision())),
            StagedChanges.add(staged, Stager.stage(staged.next(), plan, steps, authorship))));
  }

  private static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
