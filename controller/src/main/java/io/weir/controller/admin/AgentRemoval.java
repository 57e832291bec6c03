package io.weir.controller.admin;

import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.model.Nearest;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.reconcile.Questions;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.v1.DeleteRequest;
import io.weir.v1.ResourceRef;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Forgets agents that are gone. Blocks. */
final class AgentRemoval {
  private static final int MAX_AGENTS = 100;

  private final Store store;
  private final Questions questions;

  AgentRemoval(Store store, Questions questions) {
    this.store = store;
    this.questions = questions;
  }

  /** Returns the revision of the store after it. */
  Answer<Long> remove(DeleteRequest request) {
    if (request.getResourcesCount() > MAX_AGENTS) {
      return Answer.refused(
          new Refusal.Malformed(
              "a request names 1 to %d resources, this one %d"
                  .formatted(MAX_AGENTS, request.getResourcesCount())));
    }
    Store.Listing listing = store.list(ResourceKey.AGENTS);
    Map<String, Entry> registered =
        listing.entries().stream().collect(Collectors.toMap(Entry::key, Function.identity()));
    Set<ResourceKey> keys = new LinkedHashSet<>();
    for (ResourceRef ref : request.getResourcesList()) {
      keys.add(ResourceKey.agent(ref.getName()));
    }
    List<Expectation> expectations = new ArrayList<>();
    List<Write> writes = new ArrayList<>();
    for (ResourceKey key : keys) {
      Entry entry = registered.get(key.storeKey());
      if (entry == null) {
        List<String> names =
            registered.keySet().stream()
                .map(k -> k.substring(ResourceKey.AGENTS.length()))
                .sorted()
                .toList();
        return Answer.refused(new Refusal.Missing(Nearest.missing(key, names)));
      }
      if (request.hasExpectedRevision() && request.getExpectedRevision() != entry.revision()) {
        return Answer.refused(
            new Refusal.Stale(
                "%s was expected at revision %d but is at revision %d"
                    .formatted(key, request.getExpectedRevision(), entry.revision())));
      }
      if (questions.isConnected(key.name())) {
        return Answer.refused(
            new Refusal.Premature(
                key + " is connected and would register itself again; stop it first"));
      }
      expectations.add(new Expectation(entry.key(), entry.revision()));
      writes.add(new Write.Delete(entry.key()));
    }
    if (request.getDryRun()) {
      return Answer.done(listing.revision());
    }
    return switch (store.commit(new Transaction(expectations, writes))) {
      case CommitResult.Committed committed -> Answer.done(committed.revision());
      case CommitResult.Conflict _ ->
          Answer.refused(
              new Refusal.Stale("an agent registered itself meanwhile; nothing was deleted"));
      case CommitResult.TooLarge large -> Answer.refused(new Refusal.TooLarge(large.reason()));
    };
  }
}
