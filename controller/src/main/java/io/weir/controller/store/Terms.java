package io.weir.controller.store;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import java.util.ArrayList;
import java.util.List;

/** The term in the store: a number that every controller that begins to lead raises by one. */
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
      List<Entry> meta = store.list(KEY).entries();
      long term = in(meta) + 1;
      Transaction raise = raise(meta, List.of(), List.of());
      if (store.commit(raise) instanceof CommitResult.Committed) {
        return term;
      }
    }
    throw new StoreException("other controllers of the cluster keep starting; start one at a time");
  }

  /** The newest that any controller has taken; 0: none has. Blocks. */
  public static long of(Store store) {
    return in(store.list(KEY).entries());
  }

  /** Of the entries below {@code meta/}; 0: there has been none. */
  static long in(List<Entry> meta) {
    return meta.stream()
        .filter(entry -> entry.key().equals(KEY))
        .findFirst()
        .map(Terms::number)
        .orElse(0L);
  }

  /** What takes the term after the one that {@code meta} has, if it still has it. */
  static Transaction raise(List<Entry> meta, List<Expectation> expected, List<Write> writes) {
    List<Expectation> expectations = new ArrayList<>(expected);
    expectations.add(
        new Expectation(
            KEY,
            meta.stream()
                .filter(entry -> entry.key().equals(KEY))
                .mapToLong(Entry::revision)
                .sum()));
    List<Write> all = new ArrayList<>(writes);
    all.add(new Write.Put(KEY, ByteString.copyFromUtf8(Long.toString(in(meta) + 1))));
    return new Transaction(expectations, all);
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
