package io.weir.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.weir.controller.store.Recording.Call;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Watch;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest extends StoreContract {
  @TempDir private Path temp;

  @Override
  Store open() {
    return EmbeddedStore.open(temp.resolve("contract"), "default");
  }

  @Test
  void revisions_grow_by_one() {
    try (Store store = EmbeddedStore.open(temp, "default")) {
      assertThat(store.list("").revision()).isZero();
      assertThat(write(store, put("a", "1"))).isEqualTo(1);
      assertThat(write(store, put("a", "2"), put("b", "2"))).isEqualTo(2);
    }
  }

  @Test
  void an_interrupted_caller_harms_nobody_but_itself() {
    try (Store store = EmbeddedStore.open(temp, "default")) {
      for (int i = 0; i < 20; i++) {
        Thread.currentThread().interrupt();
        // It may be so quick that nobody had to wait and could be interrupted.
        Throwable thrown = catchThrowable(() -> write(store, put("a", "0")));
        assertThat(Thread.interrupted()).isTrue();
        if (thrown != null) {
          assertThat(thrown)
              .isInstanceOf(StoreException.class)
              .hasMessageStartingWith("interrupted while waiting");
        }
      }

      write(store, put("a", "1"));
      assertThat(store.list("").entries()).hasSize(1);
    }
  }

  @Test
  void once_closed_it_says_so() {
    Store store = EmbeddedStore.open(temp, "default");
    store.close();
    store.close();

    assertThatThrownBy(() -> store.list(""))
        .isInstanceOf(StoreException.class)
        .hasMessage("the store in %s is closed", temp);
  }

  @Test
  void a_file_of_the_first_format_is_taken_over() {
    byte[] revision = ByteBuffer.allocate(8).putLong(1).array();
    MVStore old = new MVStore.Builder().fileName(temp.resolve("store.mv").toString()).open();
    MVMap<byte[], byte[]> meta = old.openMap("meta", ofBytes());
    meta.put(utf8("cluster"), utf8("default"));
    meta.put(utf8("format"), utf8("1"));
    meta.put(utf8("epoch"), utf8("then"));
    MVMap<byte[], byte[]> entries = old.openMap("entries", ofBytes());
    entries.put(utf8("a"), ByteBuffer.allocate(9).put(revision).put(utf8("x")).array());
    MVMap<Long, byte[]> log =
        old.openMap(
            "log",
            new MVMap.Builder<Long, byte[]>()
                .keyType(LongDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
    log.put(1L, EventCodec.encode(List.of(put("a", "x"))));
    old.close();

    for (int i = 0; i < 2; i++) {
      try (Store store = EmbeddedStore.open(temp, "default")) {
        assertThat(store.epoch()).isEqualTo("then");
        assertThat(store.list("").entries()).containsExactly(new Entry("a", bytes("x"), 1));
        Recording recording = new Recording();
        try (Watch watch = store.watch("", 0, recording)) {
          assertThat(recording.awaitRevision(1))
              .containsExactly(new Call(1, List.of(put("a", "x"))));
        }
      }
    }
  }

  private static MVMap.Builder<byte[], byte[]> ofBytes() {
    return new MVMap.Builder<byte[], byte[]>()
        .keyType(ByteArrayDataType.INSTANCE)
        .valueType(ByteArrayDataType.INSTANCE);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Nested
  class The_event_log {
    @Test
    void keeps_the_last_revisions_and_tells_who_comes_too_late() {
      try (Store store = EmbeddedStore.open(temp, "default", 10)) {
        for (int i = 1; i <= 30; i++) {
          write(store, put("a", "" + i));
        }
        Recording kept = new Recording();
        Recording gone = new Recording();
        try (Watch watch = store.watch("a", 20, kept);
            Watch late = store.watch("a", 19, gone)) {
          assertThat(kept.awaitRevision(30))
              .hasSize(10)
              .first()
              .isEqualTo(new Call(21, List.of(put("a", "21"))));
          assertThat(gone.awaitLost())
              .isEqualTo(
                  "compacted: changes after revision 19 were asked for, kept are those from 21"
                      + " on");
          assertThat(gone.calls()).isEmpty();
        }
      }
    }
  }

  @Nested
  class Refuses_with_a_sentence {
    private void assertRefused(Path dir, String cluster, String sentence) {
      assertThatThrownBy(() -> EmbeddedStore.open(dir, cluster).close())
          .isInstanceOf(StoreException.class)
          .hasMessage(sentence);
    }

    @Test
    void the_data_of_another_cluster() {
      EmbeddedStore.open(temp, "east").close();

      assertRefused(
          temp,
          "west",
          "%s holds the data of cluster 'east', not of 'west'; use another data directory or cluster name"
              .formatted(temp.resolve("store.mv")));
      EmbeddedStore.open(temp, "east").close();
    }

    @Test
    void a_directory_in_use() {
      try (Store store = EmbeddedStore.open(temp, "default")) {
        assertRefused(
            temp,
            "default",
            "%s is in use by another process; stop it or use another data directory"
                .formatted(temp.resolve("store.mv")));
        write(store, put("a", "1"));
      }
    }

    @Test
    void a_damaged_file() throws IOException {
      Files.writeString(temp.resolve("store.mv"), "no store at all ".repeat(1_000));

      assertRefused(
          temp,
          "default",
          "%s is damaged; restore it from a backup, or move it away to begin empty"
              .formatted(temp.resolve("store.mv")));
    }

    @Test
    void a_file_for_a_directory() throws IOException {
      Path file = Files.createFile(temp.resolve("file"));

      assertRefused(
          file, "default", "the data directory %s is not a directory; use another".formatted(file));
      assertThatThrownBy(() -> EmbeddedStore.open(file.resolve("below"), "default"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("the data directory " + file.resolve("below"))
          .hasMessageContaining("make it or use another");
    }

    @Test
    void a_directory_that_cannot_be_made() {
      // Not even root may.
      assertThatThrownBy(() -> EmbeddedStore.open(Path.of("/sys/weir"), "default"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("the data directory /sys/weir")
          .hasMessageContaining("use another");
    }
  }

  @Nested
  class When_its_process {
    private Process start(String... shell) throws IOException {
      List<String> java =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:-UsePerfData",
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("java.class.path"),
              EmbeddedWriter.class.getName(),
              temp.toString(),
              "2000");
      return new ProcessBuilder(Stream.concat(Stream.of(shell), java.stream()).toList())
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
    }

    /** Reads up to a line that says it, and returns that. */
    private String await(BufferedReader out, String beginning) throws IOException {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith(beginning)) {
          return line;
        }
      }
      throw new AssertionError("no '" + beginning + "' came");
    }

    @Test
    void is_killed_all_that_was_acknowledged_is_there() throws Exception {
      Process writer = start();
      try (BufferedReader out = writer.inputReader()) {
        await(out, "acked 200");
        assertThatThrownBy(() -> EmbeddedStore.open(temp, "default"))
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("is in use by another process");
        // By its handle: destroying it through Process would throw away what it has printed.
        writer.toHandle().destroyForcibly();
        int acked =
            out.lines().mapToInt(line -> Integer.parseInt(line.substring(6))).max().orElse(200);
        writer.waitFor();

        try (Store store = EmbeddedStore.open(temp, "default")) {
          List<Entry> entries = store.list("").entries();
          // One more write may have made it without its acknowledgement.
          assertThat(entries).hasSizeBetween(acked + 1, acked + 2);
          for (int i = 0; i < entries.size(); i++) {
            assertThat(entries.get(i).key()).isEqualTo("%08d".formatted(i));
            assertThat(entries.get(i).revision()).isEqualTo(i + 1);
            assertThat(entries.get(i).value().size()).isEqualTo(2_000);
          }
        }
      } finally {
        writer.destroyForcibly().waitFor();
      }
    }

    @Test
    void runs_out_of_space_it_goes_on_once_there_is_some() throws Exception {
      Process writer = start("sh", "-c", "ulimit -S -f 2000; exec \"$@\"", "sh");
      try (BufferedReader out = writer.inputReader()) {
        await(out, "acked 0");
        assertThat(await(out, "failed"))
            .contains("store.mv cannot be read and written (", "check the disk, its free space");
        Process freed =
            new ProcessBuilder("prlimit", "--pid", "" + writer.pid(), "--fsize=unlimited:")
                .inheritIO()
                .start();
        assertThat(freed.waitFor()).isZero();
        writer.outputWriter().write("\n");
        writer.outputWriter().flush();
        int next = Integer.parseInt(await(out, "acked").substring(6));
        writer.destroyForcibly().waitFor();

        try (Store store = EmbeddedStore.open(temp, "default")) {
          assertThat(store.list("").entries()).hasSizeGreaterThan(next);
        }
      } finally {
        writer.destroyForcibly().waitFor();
      }
    }
  }
}
