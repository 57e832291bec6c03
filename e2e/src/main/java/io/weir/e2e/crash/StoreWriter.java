package io.weir.e2e.crash;

import com.google.protobuf.ByteString;
import io.weir.controller.store.EmbeddedStore;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;

/**
 * A process that writes to an embedded store from several threads until it is killed. Thread {@code
 * t} counts up: its n-th write sets two keys to n and some filling, adds a key of its own for n,
 * and removes the one of {@value #KEPT} before; after it was acknowledged the process prints "acked
 * t n revision".
 */
public final class StoreWriter {
  static final String CLUSTER = "crash";
  static final int THREADS = 4;
  static final int KEPT = 50;
  private static final int MOST_FILLING = 20_000;

  private StoreWriter() {}

  /** The store's directory, and a seed. */
  public static void main(String[] args) {
    Store store = EmbeddedStore.open(Path.of(args[0]), CLUSTER);
    SplittableRandom random = new SplittableRandom(Long.parseLong(args[1]));
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int t = 0; t < THREADS; t++) {
        int thread = t;
        SplittableRandom own = random.split();
        threads.execute(() -> write(store, thread, own));
      }
    }
  }

  private static void write(Store store, int thread, RandomGenerator random) {
    Optional<Entry> found = store.list(one(thread)).entries().stream().findFirst();
    long n = found.map(StoreWriter::number).orElse(0L);
    long revision = found.map(Entry::revision).orElse(0L);
    while (true) {
      n++;
      ByteString value =
          ByteString.copyFromUtf8(n + " " + "x".repeat(random.nextInt(MOST_FILLING)));
      Transaction next =
          new Transaction(
              List.of(new Expectation(one(thread), revision)),
              List.of(
                  new Write.Put(one(thread), value),
                  new Write.Put(other(thread), value),
                  new Write.Put(log(thread, n), value),
                  new Write.Delete(log(thread, n - KEPT))));
      if (!(store.commit(next) instanceof CommitResult.Committed(long committed))) {
        System.out.println("conflict " + thread + " " + n);
        return;
      }
      revision = committed;
      System.out.println("acked " + thread + " " + n + " " + revision);
    }
  }

  static String one(int thread) {
    return "one/" + thread;
  }

  static String other(int thread) {
    return "other/" + thread;
  }

  static String log(int thread, long n) {
    return "log/" + thread + "/" + n;
  }

  /** What a value begins with. */
  static long number(Entry entry) {
    String value = entry.value().toStringUtf8();
    return Long.parseLong(value.substring(0, value.indexOf(' ')));
  }
}
