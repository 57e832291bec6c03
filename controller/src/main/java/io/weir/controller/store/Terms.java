package io.weir.controller.store;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import java.util.List;
import java.util.Optional;

/** The term in the store: a number that every start of a controller raises by one. */
public final class Terms {
  private static final String KEY = "meta/term";
  private static final int ATTEMPTS = 10;

  private Terms() {}

  /**
   * The term that is now this controller's alone. Blocks.
   *
   * @throws StoreException when the store fails, or others take term after term
   */
  public static long next(Store store) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Entry> entry =
          store.list(KEY).entries().stream().filter(e -> e.key().equals(KEY)).findFirst();
      long term = entry.map(Terms::number).orElse(0L) + 1;
      Transaction raise =
          new Transaction(
              List.of(new Expectation(KEY, entry.map(Entry::revision).orElse(0L))),
              List.of(new Write.Put(KEY, ByteString.copyFromUtf8(Long.toString(term)))));
      if (store.commit(raise) instanceof CommitResult.Committed) {
        return term;
      }
    }
    throw new StoreException("other controllers of the cluster keep starting; start one at a time");
  }

  /** The newest among what was written; 0: none. */
  public static long taken(List<Write> writes) {
    long newest = 0;
    for (Write write : writes) {
      if (write instanceof Write.Put put && put.key().equals(KEY)) {
        newest = Math.max(newest, number(new Entry(KEY, put.value(), 0)));
      }
    }
    return newest;
  }

  private static long number(Entry entry) {
    try {
      return Long.parseLong(entry.value().toStringUtf8());
    } catch (NumberFormatException e) {
      throw new StoreException(
          "the store's key %s holds no number; restore the store from a backup".formatted(KEY), e);
    }
  }
}
