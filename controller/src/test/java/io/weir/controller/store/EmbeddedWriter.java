package io.weir.controller.store;

import io.weir.controller.store.Store.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A process that writes to an embedded store until it is killed, or fails: prints "acked N" after
 * each write of key N, "failed REASON" after one that did not succeed, and then waits for a byte on
 * its standard input before it goes on with the same key.
 */
final class EmbeddedWriter {
  private EmbeddedWriter() {}

  public static void main(String[] args) throws IOException {
    EmbeddedStore store = EmbeddedStore.open(Path.of(args[0]), "default");
    int bytes = Integer.parseInt(args[1]);
    for (int i = 0; ; ) {
      try {
        WatchContract.revision(
            store.commit(
                new Transaction(
                    List.of(),
                    List.of(WatchContract.put("%08d".formatted(i), "v".repeat(bytes))))));
        System.out.println("acked " + i);
        i++;
      } catch (StoreException e) {
        System.out.println("failed " + e.getMessage());
        if (System.in.read() < 0) {
          return;
        }
      }
    }
  }
}
