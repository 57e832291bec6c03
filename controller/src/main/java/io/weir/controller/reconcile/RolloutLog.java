package io.weir.controller.reconcile;

import io.weir.controller.model.Config;
import io.weir.controller.model.Found;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Validator;
import io.weir.controller.rollout.Staged;
import io.weir.controller.store.Journal;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.v1.ApplyResult.Outcome;
import io.weir.v1.Commit;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.RolloutState;
import io.weir.v1.StagedChange;
import io.weir.v1.StagedOutcome;
import io.weir.v1.Violation;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes what becomes of staged changes: each move is one transaction, from the very state it was
 * decided in. The one that ends a change with its declaration writes both, so that there is never
 * half of it. Thread-safe; all calls block and throw as {@link Store} does.
 */
public final class RolloutLog {
  private static final String TERM = "meta/term";
  private static final int ATTEMPTS = 6;

  private final Store store;
  private final Journal journal;
  private final InstantSource clock;

  /** How a write ended. */
  public sealed interface Result {
    /** It is in the store as of {@code revision}. */
    record Written(long revision) implements Result {}

    /** Somebody else has moved the change, or leads, meanwhile. */
    record Overtaken() implements Result {}

    /** It cannot be declared; a sentence's end. */
    record Impossible(String reason) implements Result {}
  }

  public RolloutLog(Store store, Journal journal, InstantSource clock) {
    this.store = store;
    this.journal = journal;
    this.clock = clock;
  }

  public StagedChanges.Listed list() {
    return StagedChanges.list(store);
  }

  /** What holds while {@code term} is the newest; empty: it is not. */
  Optional<Expectation> term(long term) {
    return store.list(TERM).entries().stream()
        .filter(entry ->
            entry.key().equals(TERM) && entry.value().toStringUtf8().equals(Long.toString(term)))
        .findFirst()
        .map(entry -> new Expectation(TERM, entry.revision()));
  }

  /**
   * @param besides what has to hold, too
   */
  public Result move(Staged from, StagedChange to, List<Expectation> besides) {
    if (to.getState() == RolloutState.ROLLOUT_STATE_COMMITTED) {
      return declare(from, to, besides);
    }
    List<Expectation> expectations = new ArrayList<>(besides);
    expectations.add(StagedChanges.unchanged(from));
    return switch (store.commit(new Transaction(expectations, List.of(StagedChanges.put(to))))) {
      case CommitResult.Committed committed -> new Result.Written(committed.revision());
      case CommitResult.Conflict _ -> new Result.Overtaken();
      case CommitResult.TooLarge large -> new Result.Impossible(large.reason());
    };
  }

  private Result declare(Staged from, StagedChange to, List<Expectation> besides) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Journal.State seen = journal.read();
      Optional<String> hindrance = hindrance(from, seen);
      if (hindrance.isPresent()) {
        return new Result.Impossible(hindrance.get());
      }
      List<Expectation> expectations = new ArrayList<>(besides);
      expectations.add(StagedChanges.unchanged(from));
      expectations.addAll(found(to, seen));
      CommitResult result =
          journal.append(
              seen,
              new Journal.Authorship(
                  to.getAuthor(),
                  to.getMessage(),
                  clock.instant(),
                  to.getAuthenticated(),
                  to.getPeer()),
              writes(to),
              changes(to),
              new Journal.Along(to.getNumber(), expectations, along(to, seen)));
      switch (result) {
        case CommitResult.Committed committed -> {
          return new Result.Written(committed.revision());
        }
        case CommitResult.TooLarge large -> {
          return new Result.Impossible(large.reason());
        }
        case CommitResult.Conflict _ -> {
          boolean same =
              list()
                  .staging()
                  .get(from.number())
                  .filter(now -> now.revision() == from.revision())
                  .isPresent();
          if (!same || !besides.stream().allMatch(this::holds)) {
            return new Result.Overtaken();
          }
          // Something else was declared meanwhile.
        }
      }
    }
    return new Result.Overtaken();
  }

  /** With what was found for it, so that no pool is without endpoints when it is declared. */
  private static List<Write> along(StagedChange to, Journal.State seen) {
    List<Write> writes = new ArrayList<>(List.of(StagedChanges.put(to)));
    Map<String, Found> found = Image.found(seen.config().values());
    for (Resource resource : to.getResourcesList()) {
      String pool = resource.getMetadata().getName();
      String key = Found.staged(pool, to.getNumber());
      Found its = found.get(key);
      if (resource.getPool().getSpec().hasDiscovery() && its != null) {
        writes.add(
            new Write.Put(
                Found.storeKey(pool),
                FoundLog.record(its.record().getEndpointsList(), found.get(pool)).toByteString()));
        writes.add(new Write.Delete(Found.storeKey(key)));
      }
    }
    return writes;
  }

  /** That what was found before is still the same, as it is kept with what is found now. */
  private static List<Expectation> found(StagedChange to, Journal.State seen) {
    Map<String, Found> found = Image.found(seen.config().values());
    return to.getResourcesList().stream()
        .filter(one -> one.getPool().getSpec().hasDiscovery())
        .map(one -> one.getMetadata().getName())
        .filter(pool -> found.containsKey(Found.staged(pool, to.getNumber())))
        .map(pool ->
            new Expectation(
                Found.storeKey(pool), found.containsKey(pool) ? found.get(pool).revision() : 0))
        .toList();
  }

  private boolean holds(Expectation expectation) {
    long revision =
        store.list(expectation.key()).entries().stream()
            .filter(entry -> entry.key().equals(expectation.key()))
            .mapToLong(Entry::revision)
            .findFirst()
            .orElse(0);
    return revision == expectation.revision();
  }

  /** Why it cannot be declared now, if so. */
  private static Optional<String> hindrance(Staged staged, Journal.State seen) {
    Config config = Image.config(seen);
    for (StagedOutcome outcome : staged.change().getOutcomesList()) {
      ResourceKey key = ResourceKey.of(outcome.getResource()).orElseThrow();
      long is = config.get(key).map(one -> one.getMetadata().getRevision()).orElse(0L);
      if (is != outcome.getRevision()) {
        return Optional.of(
            "%s was at revision %d when this was asked for and is at %d now"
                .formatted(key, outcome.getRevision(), is));
      }
    }
    List<Violation> violations =
        Validator.check(
            staged.change().getResourcesList(), config.with(config.revision(), staged.changes()));
    return violations.stream()
        .findFirst()
        .map(violation ->
            "%s %s: %s"
                .formatted(
                    violation.getResource().getKind(),
                    violation.getResource().getName(),
                    violation.getReason()));
  }

  private static List<Write> writes(StagedChange change) {
    List<Write> writes = new ArrayList<>();
    for (Resource resource : change.getResourcesList()) {
      Resource.Builder bare = resource.toBuilder();
      bare.getMetadataBuilder().clearRevision();
      writes.add(
          new Write.Put(
              ResourceKey.of(resource).orElseThrow().storeKey(), bare.build().toByteString()));
    }
    for (ResourceRef gone : change.getDeletedList()) {
      writes.add(new Write.Delete(ResourceKey.of(gone).orElseThrow().storeKey()));
    }
    return writes;
  }

  private static List<Commit.Change> changes(StagedChange change) {
    Map<ResourceRef, Long> before = new HashMap<>();
    change
        .getOutcomesList()
        .forEach(outcome -> before.put(outcome.getResource(), outcome.getRevision()));
    List<Commit.Change> changes = new ArrayList<>();
    for (Resource resource : change.getResourcesList()) {
      ResourceRef ref = ResourceKey.of(resource).orElseThrow().ref();
      changes.add(
          Commit.Change.newBuilder()
              .setResource(ref)
              .setOutcome(
                  before.getOrDefault(ref, 0L) == 0
                      ? Outcome.OUTCOME_CREATED
                      : Outcome.OUTCOME_CONFIGURED)
              .build());
    }
    for (ResourceRef gone : change.getDeletedList()) {
      changes.add(
          Commit.Change.newBuilder().setResource(gone).setOutcome(Outcome.OUTCOME_DELETED).build());
    }
    return changes;
  }
}
