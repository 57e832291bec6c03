package io.weir.controller.admin;

import io.grpc.stub.StreamObserver;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.store.Import;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.StoreException;
import io.weir.controller.store.Transfer;
import io.weir.v1.ExportEntries;
import io.weir.v1.ExportHeader;
import io.weir.v1.ExportPart;
import io.weir.v1.ExportTrailer;
import io.weir.v1.ImportResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes an export in, checks all of it, and only then writes. From one thread at a time. */
final class ImportStream implements StreamObserver<ExportPart> {
  private static final Logger log = LoggerFactory.getLogger(ImportStream.class);

  /** Of keys and values; all of it is held until it is checked. */
  private static final long MAX_BYTES = 512L << 20;

  private final Store store;
  private final String cluster;
  private final Runnable imported;
  private final StreamObserver<ImportResponse> response;
  private final Transfer.Checksum checksum = new Transfer.Checksum();
  private final List<Entry> entries = new ArrayList<>();
  private final Set<String> keys = new HashSet<>();
  private @Nullable ExportHeader header;
  private @Nullable ExportTrailer trailer;
  private long bytes;
  private boolean over;

  /**
   * @param imported called after the answer
   */
  ImportStream(
      Store store, String cluster, Runnable imported, StreamObserver<ImportResponse> response) {
    this.store = store;
    this.cluster = cluster;
    this.imported = imported;
    this.response = response;
  }

  @Override
  public void onNext(ExportPart part) {
    if (over) {
      return;
    }
    Optional<Refusal> refusal =
        trailer != null
            ? malformed("something follows its end")
            : switch (part.getPartCase()) {
              case HEADER -> header(part.getHeader());
              case ENTRIES -> entries(part.getEntries());
              case TRAILER -> trailer(part.getTrailer());
              case PART_NOT_SET -> malformed("it has a part that this version does not know");
            };
    refusal.ifPresent(this::refuse);
  }

  private static Optional<Refusal> malformed(String why) {
    return Optional.of(
        new Refusal.Malformed(
            "this is no whole export of Weir: %s; nothing was imported".formatted(why)));
  }

  private Optional<Refusal> header(ExportHeader given) {
    if (header != null) {
      return malformed("it begins twice");
    }
    header = given;
    if (given.getFormat() != ExportStream.FORMAT) {
      return Optional.of(
          new Refusal.Malformed(
              "the export has format %d, this version knows %d; use the version of Weir that made it"
                  .formatted(given.getFormat(), ExportStream.FORMAT)));
    }
    return given.getCluster().equals(cluster)
        ? Optional.empty()
        : Optional.of(
            new Refusal.Malformed(
                "the export is of cluster '%s', this controller is of '%s'; start it with --cluster %s"
                    .formatted(given.getCluster(), cluster, given.getCluster())));
  }

  private Optional<Refusal> entries(ExportEntries part) {
    if (header == null) {
      return malformed("its beginning is missing");
    }
    for (ExportEntries.Entry entry : part.getEntriesList()) {
      if (!keys.add(entry.getKey())) {
        return malformed("it has the key %s twice".formatted(entry.getKey()));
      }
      bytes += entry.getKey().length() + entry.getValue().size();
      if (bytes > MAX_BYTES) {
        return Optional.of(
            new Refusal.TooLarge(
                "the export has more than the %d MiB that can be imported"
                    .formatted(MAX_BYTES >> 20)));
      }
      checksum.add(entry.getKey(), entry.getValue(), entry.getRevision());
      entries.add(new Entry(entry.getKey(), entry.getValue(), entry.getRevision()));
    }
    return Optional.empty();
  }

  private Optional<Refusal> trailer(ExportTrailer given) {
    if (header == null) {
      return malformed("its beginning is missing");
    }
    trailer = given;
    if (given.getEntries() != entries.size()) {
      return malformed("it has %d entries of %d".formatted(entries.size(), given.getEntries()));
    }
    return given.getSha256().equals(checksum.sha256())
        ? Optional.empty()
        : malformed("its checksum is wrong");
  }

  @Override
  public void onError(Throwable thrown) {
    over = true;
  }

  @Override
  public void onCompleted() {
    if (over) {
      return;
    }
    if (trailer == null) {
      malformed("its end is missing").ifPresent(this::refuse);
      return;
    }
    over = true;
    try {
      switch (new Import(store, UUID.randomUUID().toString()).run(entries)) {
        case Import.Outcome.Done(long revision, long count, long commits) -> {
          log.atWarn()
              .addKeyValue("entries", count)
              .addKeyValue("commits", commits)
              .addKeyValue("revision", revision)
              .log("imported another store; beginning anew with its data");
          response.onNext(
              ImportResponse.newBuilder()
                  .setRevision(revision)
                  .setEntries(count)
                  .setCommits(commits)
                  .build());
          response.onCompleted();
          imported.run();
        }
        case Import.Outcome.Refused(String reason) ->
            response.onError(StatusMapper.exception(new Refusal.Premature(reason)));
        case Import.Outcome.BrokenOff(String reason) ->
            response.onError(StatusMapper.exception(new Refusal.Stale(reason)));
      }
    } catch (StoreException e) {
      log.atWarn().addKeyValue("reason", e.getMessage()).log("an import broke off");
      response.onError(StatusMapper.exception(e));
    }
  }

  private void refuse(Refusal refusal) {
    over = true;
    entries.clear();
    response.onError(StatusMapper.exception(refusal));
  }
}
