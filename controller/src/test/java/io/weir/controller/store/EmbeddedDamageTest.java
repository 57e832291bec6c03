package io.weir.controller.store;

import static io.weir.controller.store.WatchContract.put;
import static io.weir.controller.store.WatchContract.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Listing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file that is not what was written: an earlier state as it was, or a refusal, never a mixture.
 */
@Timeout(120)
class EmbeddedDamageTest {
  private static final int WRITES = 60;
  private static final int DAMAGES = 150;

  @TempDir private Path temp;
  private byte[] whole = new byte[0];

  @BeforeEach
  void fill() throws IOException {
    Path dir = temp.resolve("whole");
    try (Store store = EmbeddedStore.open(dir, "default")) {
      for (int i = 1; i <= WRITES; i++) {
        // One of two keys in turn, and one always.
        write(store, put("all", text(i)), put(i % 2 == 0 ? "even" : "odd", text(i)));
      }
    }
    whole = Files.readAllBytes(dir.resolve("store.mv"));
  }

  private static String text(long i) {
    return (i + " ").repeat(100);
  }

  /** Whether it opened. */
  private boolean isConsistent(byte[] file, String what) throws IOException {
    Path dir = Files.createTempDirectory(temp, "damaged");
    Files.write(dir.resolve("store.mv"), file);
    Listing found;
    try (Store store = EmbeddedStore.open(dir, "default")) {
      found = store.list("");
    } catch (StoreException e) {
      assertThat(e.getMessage())
          .as(what)
          .startsWith(dir.resolve("store.mv").toString())
          .containsAnyOf(
              "is damaged; restore it from a backup, or move it away to begin empty",
              "cannot be read and written",
              "was written by another version of Weir");
      return false;
    }
    long revision = found.revision();
    long odd = revision % 2 == 1 ? revision : revision - 1;
    List<Entry> expected =
        Stream.of(entry("all", revision), entry("even", revision - revision % 2), entry("odd", odd))
            .filter(entry -> entry.revision() > 0)
            .toList();
    assertThat(found.entries()).as("%s: at revision %d", what, revision).isEqualTo(expected);
    return true;
  }

  private static Entry entry(String key, long revision) {
    return new Entry(key, WatchContract.bytes(text(revision)), revision);
  }

  @Test
  void that_is_cut_off_anywhere() throws IOException {
    int step = Math.max(1, whole.length / DAMAGES);
    for (int length = 0; length < whole.length; length += step) {
      var _ = isConsistent(Arrays.copyOf(whole, length), "cut off at " + length);
    }
    assertThat(isConsistent(whole, "whole")).isTrue();
  }

  @Test
  void that_is_overwritten_anywhere() throws IOException {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < DAMAGES; i++) {
      byte[] damaged = whole.clone();
      int at = random.nextInt(damaged.length);
      int length = 1 << random.nextInt(12);
      for (int j = at; j < Math.min(damaged.length, at + length); j++) {
        damaged[j] = (byte) random.nextInt();
      }
      var _ = isConsistent(damaged, "seed %d, %d bytes at %d".formatted(seed, length, at));
    }
  }
}
