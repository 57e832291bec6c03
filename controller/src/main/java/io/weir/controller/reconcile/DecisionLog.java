package io.weir.controller.reconcile;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.controller.failover.Batch;
import io.weir.controller.failover.Change;
import io.weir.controller.failover.Records;
import io.weir.controller.model.Scaled;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.StoreException;
import io.weir.v1.Decision;
import io.weir.v1.DecisionBatch;
import io.weir.v1.Gossip;
import io.weir.v1.PoolAvailability;
import io.weir.v1.PoolRecord;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decisions in the store, and what they have led to. Each batch is one transaction that only holds
 * while the term is this controller's, so that of two controllers one writes. Keys: {@code
 * decisions/log/<number of the first in 20 digits>}, {@code decisions/next}, {@code
 * verdicts/<pool>}, {@code availability/<pool>}, {@code config/scaled/<scaler>}, {@code
 * meta/gossip-keys}. All calls block; one at a time.
 */
final class DecisionLog {
  /** Of the newest decisions; batches that only hold older ones are deleted. */
  static final int KEPT = 10_000;

  private static final String TERM = "meta/term";
  private static final String KEYS = "meta/gossip-keys";
  private static final String LOG = "decisions/log/";
  private static final String NEXT = "decisions/next";
  private static final String VERDICTS = "verdicts/";
  private static final String AVAILABILITY = "availability/";
  private static final int KEY_BYTES = 32;
  private static final int PRUNED = 20;

  private record Chunk(String key, int decisions) {}

  /**
   * What there was in the store.
   *
   * @param scaled at which anything of a scaler was last written; 0: nothing is
   */
  record Loaded(
      Records records,
      List<PoolAvailability> availability,
      long nextNumber,
      List<Decision> decisions,
      long scaled,
      List<Gossip.Key> keys) {
    Loaded {
      availability = List.copyOf(availability);
      decisions = List.copyOf(decisions);
      keys = List.copyOf(keys);
    }
  }

  /** How a write ended. */
  enum Outcome {
    WRITTEN,
    /** Another controller has taken the term after this one. */
    SUPERSEDED
  }

  private final Store store;
  private final Deque<Chunk> chunks = new ArrayDeque<>();
  private int kept;
  private long termRevision;

  /** The store has not said what became of the last batch. */
  private boolean unsure;

  DecisionLog(Store store) {
    this.store = store;
  }

  /**
   * To be called first. Empty: another controller has taken the term after this one.
   *
   * @param term this controller's
   */
  Optional<Loaded> load(long term) {
    Optional<Entry> own =
        store.list(TERM).entries().stream()
            .filter(entry -> entry.key().equals(TERM) && number(entry) == term)
            .findFirst();
    if (own.isEmpty()) {
      return Optional.empty();
    }
    termRevision = own.get().revision();
    Map<String, PoolRecord> records = new HashMap<>();
    for (Entry entry : store.list(VERDICTS).entries()) {
      records.put(entry.key().substring(VERDICTS.length()), parse(entry, PoolRecord::parseFrom));
    }
    List<PoolAvailability> availability = new ArrayList<>();
    for (Entry entry : store.list(AVAILABILITY).entries()) {
      availability.add(parse(entry, PoolAvailability::parseFrom));
    }
    List<Decision> decisions = new ArrayList<>();
    chunks.clear();
    kept = 0;
    for (Entry entry : store.list(LOG).entries()) {
      List<Decision> batch = parse(entry, DecisionBatch::parseFrom).getDecisionsList();
      decisions.addAll(batch);
      chunks.add(new Chunk(entry.key(), batch.size()));
      kept += batch.size();
    }
    long next = decisions.isEmpty() ? 1 : decisions.getLast().getNumber() + 1;
    for (Entry entry : store.list(NEXT).entries()) {
      next = Math.max(next, number(entry));
    }
    long scaled =
        store.list(Scaled.storeKey("")).entries().stream()
            .mapToLong(Entry::revision)
            .max()
            .orElse(0);
    return Optional.of(
        new Loaded(new Records(records), availability, next, decisions, scaled, keys()));
  }

  /** Made when a cluster's first controller starts. */
  private List<Gossip.Key> keys() {
    for (Entry entry : store.list(KEYS).entries()) {
      return parse(entry, Gossip::parseFrom).getKeysList();
    }
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    Gossip made =
        Gossip.newBuilder()
            .addKeys(Gossip.Key.newBuilder().setId(1).setKey(ByteString.copyFrom(key)))
            .build();
    CommitResult result =
        store.commit(
            new Transaction(
                List.of(new Expectation(KEYS, 0)),
                List.of(new Write.Put(KEYS, made.toByteString()))));
    if (result instanceof CommitResult.Committed) {
      return made.getKeysList();
    }
    throw new StoreException("another controller made the key of the ring just now");
  }

  /**
   * All of the batch or nothing. To be repeated as it is when the outcome is not known.
   *
   * @param after the records with its changes
   */
  Outcome write(Batch batch, Records after) {
    List<Write> writes = new ArrayList<>();
    writes.add(new Write.Put(NEXT, ByteString.copyFromUtf8(Long.toString(batch.nextNumber()))));
    List<Chunk> pruned = new ArrayList<>();
    Optional<Chunk> added = Optional.empty();
    if (!batch.decisions().isEmpty()) {
      String key = LOG + "%020d".formatted(batch.decisions().getFirst().getNumber());
      added = Optional.of(new Chunk(key, batch.decisions().size()));
      writes.add(
          new Write.Put(
              key,
              DecisionBatch.newBuilder()
                  .addAllDecisions(batch.decisions())
                  .build()
                  .toByteString()));
      int left = kept + batch.decisions().size();
      for (Chunk chunk : chunks) {
        left -= chunk.decisions();
        if (left < KEPT || pruned.size() == PRUNED || chunk.key().equals(key)) {
          break;
        }
        pruned.add(chunk);
        writes.add(new Write.Delete(chunk.key()));
      }
    }
    for (String pool : Records.touched(batch.changes())) {
      writes.add(
          after
              .of(pool)
              .<Write>map(record -> new Write.Put(VERDICTS + pool, record.toByteString()))
              .orElseGet(() -> new Write.Delete(VERDICTS + pool)));
    }
    Map<String, Write> scaled = new HashMap<>();
    for (Change change : batch.changes()) {
      if (change instanceof Change.Scaled one) {
        String key = Scaled.storeKey(one.scaler());
        scaled.put(
            key,
            one.record()
                .<Write>map(record -> new Write.Put(key, record.toByteString()))
                .orElseGet(() -> new Write.Delete(key)));
      }
    }
    if (unsure) {
      // Agents count by the revisions at which a scaler's instances were written, so that what did
      // get there must not be written once more.
      store
          .list(Scaled.storeKey(""))
          .entries()
          .forEach(is -> scaled.remove(is.key(), new Write.Put(is.key(), is.value())));
    }
    writes.addAll(scaled.values());
    for (PoolAvailability one : batch.availability()) {
      writes.add(new Write.Put(AVAILABILITY + one.getPool(), one.toByteString()));
    }
    unsure = true;
    CommitResult result =
        store.commit(new Transaction(List.of(new Expectation(TERM, termRevision)), writes));
    unsure = false;
    return switch (result) {
      case CommitResult.Committed _ -> {
        pruned.forEach(chunk -> kept -= chunk.decisions());
        chunks.removeAll(pruned);
        added
            .filter(chunk -> !chunks.contains(chunk))
            .ifPresent(chunk -> {
              chunks.add(chunk);
              kept += chunk.decisions();
            });
        yield Outcome.WRITTEN;
      }
      case CommitResult.Conflict _ -> Outcome.SUPERSEDED;
      case CommitResult.TooLarge large -> throw new StoreException(large.reason());
    };
  }

  private interface Parser<T> {
    T parse(ByteString bytes) throws InvalidProtocolBufferException;
  }

  private static <T> T parse(Entry entry, Parser<T> parser) {
    try {
      return parser.parse(entry.value());
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(
          "the store's key %s cannot be read; restore the store from a backup"
              .formatted(entry.key()),
          e);
    }
  }

  private static long number(Entry entry) {
    try {
      return Long.parseLong(entry.value().toStringUtf8());
    } catch (NumberFormatException e) {
      throw new StoreException(
          "the store's key %s holds no number; restore the store from a backup"
              .formatted(entry.key()),
          e);
    }
  }
}
