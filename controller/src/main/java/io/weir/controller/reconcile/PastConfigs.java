package io.weir.controller.reconcile;

import io.weir.controller.model.Config;
import io.weir.controller.snapshot.SnapshotBuilder;
import io.weir.controller.store.Journal;
import io.weir.controller.store.StoreException;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration at earlier revisions, which is what a returning agent says it runs. After a
 * restart many agents return with the same few revisions, so each is read once. Confined to the
 * loop's thread, on which results arrive.
 */
final class PastConfigs {
  private static final Logger log = LoggerFactory.getLogger(PastConfigs.class);
  private static final int KEPT = 8;

  private final Journal journal;
  private final Executor io;
  private final Executor loop;
  private final LinkedHashMap<Long, CompletableFuture<Optional<SnapshotBuilder>>> byRevision =
      new LinkedHashMap<>(16, 0.75f, true);

  PastConfigs(Journal journal, Executor io, Executor loop) {
    this.journal = journal;
    this.io = io;
    this.loop = loop;
  }

  /** Completes with empty when the history does not reach that revision or cannot be read. */
  CompletableFuture<Optional<SnapshotBuilder>> at(long revision) {
    CompletableFuture<Optional<SnapshotBuilder>> found =
        byRevision.computeIfAbsent(
            revision, _ -> CompletableFuture.supplyAsync(() -> read(revision), io));
    if (byRevision.size() > KEPT) {
      byRevision.pollFirstEntry();
    }
    return found.thenApplyAsync(
        past -> {
          if (past.isEmpty()) {
            byRevision.remove(revision);
          }
          return past;
        },
        loop);
  }

  private Optional<SnapshotBuilder> read(long revision) {
    try {
      return switch (journal.at(revision)) {
        case Journal.Past.Known known ->
            Optional.of(
                new SnapshotBuilder(
                    new Config(revision, Image.resources(known.config().values()))));
        case Journal.Past.Forgotten _, Journal.Past.Future _ -> Optional.empty();
      };
    } catch (StoreException e) {
      log.atWarn()
          .addKeyValue("revision", revision)
          .addKeyValue("reason", e.getMessage())
          .log("cannot read the history; sending a whole snapshot");
      return Optional.empty();
    }
  }
}
