package io.weir.controller.store;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.v1.SnapshotKey;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The key pair in the store that signs the cluster's snapshots. */
public final class SigningKeys {
  private static final String KEY = "meta/snapshot-key";
  private static final int ATTEMPTS = 3;

  private SigningKeys() {}

  /**
   * The cluster's; made by {@code generate} when its first controller starts. Blocks.
   *
   * @throws StoreException when the store fails
   */
  public static SnapshotKey of(Store store, Supplier<SnapshotKey> generate) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Entry> entry =
          store.list(KEY).entries().stream().filter(e -> e.key().equals(KEY)).findFirst();
      if (entry.isPresent()) {
        return parse(entry.get());
      }
      SnapshotKey made = generate.get();
      Transaction first =
          new Transaction(
              List.of(new Expectation(KEY, 0)), List.of(new Write.Put(KEY, made.toByteString())));
      if (store.commit(first) instanceof CommitResult.Committed) {
        return made;
      }
    }
    throw new StoreException("the store's key %s comes and goes; is it shared?".formatted(KEY));
  }

  private static SnapshotKey parse(Entry entry) {
    try {
      return SnapshotKey.parseFrom(entry.value());
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(
          "the store's key %s holds no key pair; restore the store from a backup".formatted(KEY),
          e);
    }
  }
}
