package io.weir.controller.store;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * An ordered map from keys to bytes whose every write has a revision. Revisions are global to the
 * store and grow with every transaction that writes anything; they may skip numbers, since an etcd
 * can have other users. Keys are UTF-8, 1 to {@link #MAX_KEY_BYTES} bytes; values at most {@link
 * #MAX_VALUE_BYTES}.
 *
 * <p>Thread-safe. All calls block and belong on a virtual thread; each returns or throws {@link
 * StoreException} within the store's deadline. What was acknowledged is durable.
 */
public interface Store extends AutoCloseable {
  int MAX_KEY_BYTES = 512;

  int MAX_VALUE_BYTES = 1 << 20;

  /** Writes, and expectations, in one transaction at most; etcd's default limit is 128 of each. */
  int MAX_WRITES = 110;

  /**
   * Keys and values of one transaction at most; etcd's default limit is 1.5 MiB for the request
   * with everything around them.
   */
  int MAX_TRANSACTION_BYTES = 1_400_000;

  /** Identity of this store's data, made when it was first opened; revisions compare within it. */
  String epoch();

  /** All entries whose key begins with {@code prefix}, in key order, as of one revision. */
  Listing list(String prefix);

  /**
   * Does all writes or, when any expectation does not hold, none. Deleting a key that does not
   * exist writes nothing.
   *
   * @throws StoreException when the outcome is a failure or unknown; the caller reads again
   */
  CommitResult commit(Transaction transaction);

  /**
   * Calls {@code listener} with every transaction after {@code afterRevision} that changed a key
   * beginning with {@code prefix}: in order, each once, whole, from one thread at a time. Survives
   * the store being away for a while. When changes can no longer be had (compacted), the listener's
   * {@code onLost} is called and the watch is over: list and watch again. Closing the store ends
   * its watches without a call.
   */
  Watch watch(String prefix, long afterRevision, WatchListener listener);

  /** How the data came to be others than those this store was opened with. */
  enum Change {
    /** They have another epoch; open it anew. */
    REPLACED,
    /** They are older than what was seen of them, under the same epoch; see {@link #renewEpoch}. */
    WENT_BACK
  }

  /** Completes once the data are found to be others; whoever opened this store begins anew. */
  default CompletableFuture<Change> changed() {
    return new CompletableFuture<>();
  }

  /**
   * Gives the data another epoch, unless they have one other than {@link #epoch} by now: for data
   * that went back, as from an older backup, whose revisions would be taken for those that were
   * there before. This store refuses everything from then on, here and in other processes; open it
   * anew.
   *
   * @throws StoreException when it failed, or may have
   */
  void renewEpoch();

  @Override
  void close();

  record Entry(String key, ByteString value, long revision) {}

  /** {@code revision} is the store's when the entries were read; no entry's is above it. */
  record Listing(long revision, List<Entry> entries) {
    public Listing {
      entries = List.copyOf(entries);
    }
  }

  /** {@code key} was last written at {@code revision}; 0: does not exist. */
  record Expectation(String key, long revision) {
    public Expectation {
      requireKey(key);
      if (revision < 0) {
        throw new IllegalArgumentException("revision " + revision + " is negative");
      }
    }
  }

  sealed interface Write {
    String key();

    record Put(String key, ByteString value) implements Write {
      public Put {
        requireKey(key);
      }
    }

    record Delete(String key) implements Write {
      public Delete {
        requireKey(key);
      }
    }
  }

  /** No key may be written twice. */
  record Transaction(List<Expectation> expectations, List<Write> writes) {
    public Transaction {
      expectations = List.copyOf(expectations);
      writes = List.copyOf(writes);
      Set<String> keys = new HashSet<>();
      for (Write write : writes) {
        if (!keys.add(write.key())) {
          throw new IllegalArgumentException(write.key() + " is written twice");
        }
      }
    }

    /** Why no store takes this transaction, as a sentence's end; empty when its size is fine. */
    public Optional<String> excess() {
      if (writes.size() > MAX_WRITES || expectations.size() > MAX_WRITES) {
        return Optional.of(
            "%d writes and %d expectations are more than the %d that fit in one transaction"
                .formatted(writes.size(), expectations.size(), MAX_WRITES));
      }
      long bytes = 0;
      for (Expectation expectation : expectations) {
        bytes += utf8(expectation.key());
      }
      for (Write write : writes) {
        bytes += utf8(write.key());
        if (write instanceof Write.Put(String key, ByteString value)) {
          bytes += value.size();
          if (value.size() > MAX_VALUE_BYTES) {
            return Optional.of(
                "the value of %s is %d bytes, more than the %d that fit"
                    .formatted(key, value.size(), MAX_VALUE_BYTES));
          }
        }
      }
      return bytes <= MAX_TRANSACTION_BYTES
          ? Optional.empty()
          : Optional.of(
              "%d bytes are more than the %d that fit in one transaction"
                  .formatted(bytes, MAX_TRANSACTION_BYTES));
    }
  }

  sealed interface CommitResult {
    record Committed(long revision) implements CommitResult {}

    /** Nothing was written: at least one expectation did not hold. */
    record Conflict() implements CommitResult {}

    /** Nothing was written or sent: see {@link Transaction#excess}. */
    record TooLarge(String reason) implements CommitResult {}
  }

  interface WatchListener {
    /** All changes below the prefix of the transaction that made {@code revision}. */
    void onChanges(long revision, List<Write> changes);

    /** The watch is over; {@code reason} is a sentence for a log. */
    void onLost(String reason);
  }

  interface Watch extends AutoCloseable {
    /** No call to the listener begins after this returns; one under way is not waited for. */
    @Override
    void close();
  }

  private static void requireKey(String key) {
    if (key.isEmpty()
        || utf8(key) > MAX_KEY_BYTES
        || !StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
      throw new IllegalArgumentException(
          "not a key of 1 to " + MAX_KEY_BYTES + " bytes of UTF-8: " + key);
    }
  }

  private static int utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
