package io.weir.controller.store;

import com.google.protobuf.ByteString;
import java.util.List;

/**
 * An ordered map from keys to bytes whose every write has a revision. Revisions are global to the
 * store and grow by one with every transaction that writes anything. Keys are UTF-8, at most 512
 * bytes; values at most {@link #MAX_VALUE_BYTES}.
 *
 * <p>Thread-safe. All calls block and belong on a virtual thread; each returns or throws {@link
 * StoreException} within the store's deadline. What was acknowledged is durable.
 */
public interface Store extends AutoCloseable {
  int MAX_VALUE_BYTES = 1 << 20;

  /** Writes in one transaction at most; etcd's default limit is 128 operations. */
  int MAX_WRITES = 110;

  /** Identity of this store's data, made when it was first opened; revisions compare within it. */
  String epoch();

  /** All entries whose key begins with {@code prefix}, in key order, as of one revision. */
  Listing list(String prefix);

  /**
   * Does all writes or, when any expectation does not hold, none. No key may be written twice.
   *
   * @throws StoreException when the outcome is a failure or unknown; the caller reads again
   */
  CommitResult commit(Transaction transaction);

  /**
   * Calls {@code listener} with every transaction after {@code afterRevision} that changed a key
   * beginning with {@code prefix}: in order, each once, whole, from one thread at a time. Survives
   * the store being away for a while. When changes can no longer be had (compacted), the listener's
   * {@code onLost} is called and the watch is over: list and watch again.
   */
  Watch watch(String prefix, long afterRevision, WatchListener listener);

  @Override
  void close();

  record Entry(String key, ByteString value, long revision) {}

  /** {@code revision} is the store's, 0 when nothing was ever written. */
  record Listing(long revision, List<Entry> entries) {
    public Listing {
      entries = List.copyOf(entries);
    }
  }

  /** {@code key} was last written at {@code revision}; 0: does not exist. */
  record Expectation(String key, long revision) {}

  sealed interface Write {
    String key();

    record Put(String key, ByteString value) implements Write {}

    record Delete(String key) implements Write {}
  }

  record Transaction(List<Expectation> expectations, List<Write> writes) {
    public Transaction {
      expectations = List.copyOf(expectations);
      writes = List.copyOf(writes);
    }
  }

  sealed interface CommitResult {
    record Committed(long revision) implements CommitResult {}

    /** Nothing was written: at least one expectation did not hold. */
    record Conflict() implements CommitResult {}
  }

  interface WatchListener {
    /** All changes below the prefix of the transaction that made {@code revision}. */
    void onChanges(long revision, List<Write> changes);

    /** The watch is over; {@code reason} is a sentence for a log. */
    void onLost(String reason);
  }

  interface Watch extends AutoCloseable {
    /** No call to the listener begins after this returns. */
    @Override
    void close();
  }
}
