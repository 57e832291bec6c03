package io.weir.controller.reconcile;

import io.weir.controller.model.ResourceKey;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.StoreException;
import io.weir.v1.Agent;
import io.weir.v1.AgentSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes which agents there are, so that one stays listed after a restart of the controller. */
final class Registrar {
  private static final Logger log = LoggerFactory.getLogger(Registrar.class);

  /** Each is an expectation and a write of one transaction. */
  private static final int TOGETHER = 100;

  private final Store store;
  private final Executor io;
  private final Queue<Registration> waiting = new ArrayDeque<>();
  private boolean writing;

  private record Registration(
      String name, Expectation expectation, Write.Put put, Runnable failed) {}

  Registrar(Store store, Executor io) {
    this.store = store;
    this.io = io;
  }

  /** {@code failed} runs, on another thread, when nothing was written or that is unknown. */
  void register(
      String name,
      Map<String, String> labels,
      @Nullable Resource before,
      Instant now,
      Runnable failed) {
    Metadata.Builder metadata =
        Metadata.newBuilder()
            .setName(name)
            .putAllLabels(labels)
            .setGeneration(before == null ? 1 : before.getMetadata().getGeneration() + 1)
            .setCreated(
                before == null ? AgentEntry.timestamp(now) : before.getMetadata().getCreated())
            .setUpdated(AgentEntry.timestamp(now));
    Resource registration =
        Resource.newBuilder()
            .setMetadata(metadata)
            .setAgent(Agent.newBuilder().setSpec(AgentSpec.getDefaultInstance()))
            .build();
    long expected = before == null ? 0 : before.getMetadata().getRevision();
    String key = ResourceKey.agent(name).storeKey();
    boolean first;
    synchronized (this) {
      waiting.add(
          new Registration(
              name,
              new Expectation(key, expected),
              new Write.Put(key, registration.toByteString()),
              failed));
      first = !writing;
      writing = true;
    }
    if (first) {
      io.execute(this::write);
    }
  }

  /** Those that come while others are being written go together. */
  private void write() {
    for (List<Registration> next = next(); !next.isEmpty(); next = next()) {
      try {
        if (!isCommitted(next)) {
          // One of them is not as expected; the others still are.
          boolean alone = next.size() == 1;
          for (Registration one : next) {
            if (alone || !isCommitted(List.of(one))) {
              one.failed().run();
            }
          }
        }
      } catch (StoreException e) {
        log.atWarn()
            .addKeyValue("agent", next.getFirst().name())
            .addKeyValue("others", next.size() - 1)
            .addKeyValue("reason", e.getMessage())
            .log("cannot register the agent; trying again");
        next.forEach(one -> one.failed().run());
      }
    }
  }

  private synchronized List<Registration> next() {
    List<Registration> next = new ArrayList<>();
    Set<String> names = new HashSet<>();
    while (next.size() < TOGETHER && !waiting.isEmpty() && names.add(waiting.element().name())) {
      next.add(waiting.remove());
    }
    writing = !next.isEmpty();
    return next;
  }

  private boolean isCommitted(List<Registration> registrations) {
    Transaction transaction =
        new Transaction(
            registrations.stream().map(Registration::expectation).toList(),
            registrations.stream().<Write>map(Registration::put).toList());
    return store.commit(transaction) instanceof CommitResult.Committed;
  }
}
