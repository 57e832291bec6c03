package io.weir.controller.reconcile;

import io.weir.controller.model.Config;
import io.weir.controller.model.Found;
import io.weir.controller.model.Scaled;
import io.weir.controller.snapshot.Catalog;
import io.weir.controller.store.Journal;
import io.weir.controller.store.StoreException;
import java.util.LinkedHashMap;
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
  private final LinkedHashMap<Long, CompletableFuture<Past>> byRevision =
      new LinkedHashMap<>(16, 0.75f, true);

  /** What the store says of a revision. */
  sealed interface Past {
    record Known(Catalog catalog) implements Past {}

    /** The history does not reach back so far, or cannot be read. */
    record Forgotten() implements Past {}

    /** The store itself has only come to {@code newest}. */
    record Future(long newest) implements Past {}
  }

  PastConfigs(Journal journal, Executor io, Executor loop) {
    this.journal = journal;
    this.io = io;
    this.loop = loop;
  }

  CompletableFuture<Past> at(long revision) {
    CompletableFuture<Past> found =
        byRevision.computeIfAbsent(
            revision, _ -> CompletableFuture.supplyAsync(() -> read(revision), io));
    if (byRevision.size() > KEPT) {
      byRevision.pollFirstEntry();
    }
    return found.thenApplyAsync(
        past -> {
          if (!(past instanceof Past.Known)) {
            byRevision.remove(revision);
          }
          return past;
        },
        loop);
  }

  private Past read(long revision) {
    try {
      return switch (journal.at(revision)) {
        case Journal.Past.Known known ->
            Found.at(
                    new Config(revision, Image.resources(known.config().values())),
                    Image.found(known.config().values()),
                    revision)
                .flatMap(
                    config -> Scaled.at(config, Image.scaled(known.config().values()), revision))
                .<Past>map(config -> new Past.Known(Catalog.of(config)))
                .orElseGet(Past.Forgotten::new);
        case Journal.Past.Forgotten _ -> new Past.Forgotten();
        case Journal.Past.Future future -> new Past.Future(future.newest());
      };
    } catch (StoreException e) {
      log.atWarn()
          .addKeyValue("revision", revision)
          .addKeyValue("reason", e.getMessage())
          .log("cannot read the history; sending a whole snapshot");
      return new Past.Forgotten();
    }
  }
}
