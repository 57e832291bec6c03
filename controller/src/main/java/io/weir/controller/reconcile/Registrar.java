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
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes which agents there are, so that one stays listed after a restart of the controller. */
final class Registrar {
  private static final Logger log = LoggerFactory.getLogger(Registrar.class);

  private final Store store;
  private final Executor io;

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
    Transaction transaction =
        new Transaction(
            List.of(new Expectation(key, expected)),
            List.of(new Write.Put(key, registration.toByteString())));
    io.execute(() -> {
      if (!isCommitted(name, transaction)) {
        failed.run();
      }
    });
  }

  private boolean isCommitted(String name, Transaction transaction) {
    try {
      return store.commit(transaction) instanceof CommitResult.Committed;
    } catch (StoreException e) {
      log.atWarn()
          .addKeyValue("agent", name)
          .addKeyValue("reason", e.getMessage())
          .log("cannot register the agent; trying again");
      return false;
    }
  }
}
