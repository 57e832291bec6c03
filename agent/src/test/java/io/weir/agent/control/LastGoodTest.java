package io.weir.agent.control;

import static io.weir.agent.control.Resources.pool;
import static io.weir.agent.control.Resources.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.agent.control.LastGood.Opening.Opened;
import io.weir.agent.control.LastGood.Opening.Unusable;
import io.weir.v1.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastGoodTest {
  private static final Snapshot ONE = snapshot("e", 1, 1, pool("p", "a:1"));
  private static final Snapshot TWO = snapshot("e", 1, 2, pool("p", "b:1"));

  @TempDir Path temp;
  private Path dir;
  private LastGood lastGood;

  @BeforeEach
  void open() {
    dir = temp.resolve("deep/down");
    lastGood = opened(dir);
  }

  @AfterEach
  void close() {
    lastGood.close();
  }

  private static LastGood opened(Path dir) {
    return switch (LastGood.open(dir)) {
      case Opened opened -> opened.lastGood();
      case Unusable unusable -> throw new AssertionError(unusable.sentence());
    };
  }

  private static String refused(Path dir) {
    return switch (LastGood.open(dir)) {
      case Opened _ -> throw new AssertionError("opened " + dir);
      case Unusable unusable -> unusable.sentence();
    };
  }

  private static List<Path> files(Path dir) throws IOException {
    try (Stream<Path> all = Files.list(dir)) {
      return all.filter(f -> f.getFileName().toString().startsWith("snapshot-")).sorted().toList();
    }
  }

  private Path newest() throws IOException {
    return files(dir).getLast();
  }

  private List<Long> revisions() {
    return lastGood.load().snapshots().stream().map(Snapshot::getRevision).toList();
  }

  @Nested
  class Saving {
    @Test
    void nothingYetIsNothingToLoad() {
      assertThat(lastGood.load().snapshots()).isEmpty();
      assertThat(lastGood.load().damaged()).isEmpty();
    }

    @Test
    void comesBackAsItWasAfterARestart() {
      assertThat(lastGood.save(ONE)).isTrue();
      lastGood.close();
      lastGood = opened(dir);
      assertThat(lastGood.load().snapshots()).containsExactly(ONE);
    }

    @Test
    void keepsTheThreeNewest() throws IOException {
      for (long revision = 1; revision <= 12; revision++) {
        assertThat(lastGood.save(snapshot("e", 1, revision))).isTrue();
      }
      assertThat(revisions()).containsExactly(12L, 11L, 10L);
      assertThat(files(dir)).hasSize(3);
    }

    @Test
    void newestIsTheLastSavedEvenIfItsRevisionIsLower() {
      lastGood.save(TWO);
      lastGood.save(ONE);
      assertThat(revisions()).containsExactly(1L, 2L);
    }
  }

  @Nested
  class ADamagedFile {
    @BeforeEach
    void saveTwo() {
      lastGood.save(ONE);
      lastGood.save(TWO);
    }

    @Test
    void cutShortAnywhereGivesWayToTheOneBefore() throws IOException {
      byte[] whole = Files.readAllBytes(newest());
      for (int length = 0; length < whole.length; length++) {
        Files.write(newest(), Arrays.copyOf(whole, length));
        LastGood.Loaded loaded = lastGood.load();
        assertThat(loaded.snapshots()).describedAs("cut at %d", length).containsExactly(ONE);
        assertThat(loaded.damaged())
            .describedAs("cut at %d", length)
            .extracting(LastGood.Damage::file)
            .containsExactly(newest());
      }
    }

    @Test
    void withAnyByteChangedGivesWayToTheOneBefore() throws IOException {
      byte[] whole = Files.readAllBytes(newest());
      for (int at = 0; at < whole.length; at++) {
        byte[] changed = whole.clone();
        changed[at] ^= 0x10;
        Files.write(newest(), changed);
        assertThat(revisions()).describedAs("changed at %d", at).containsExactly(1L);
      }
    }

    @Test
    void withTrailingBytesGivesWayToTheOneBefore() throws IOException {
      byte[] whole = Files.readAllBytes(newest());
      Files.write(newest(), Arrays.copyOf(whole, whole.length + 1));
      assertThat(revisions()).containsExactly(1L);
    }

    @Test
    void doesNotKeepTheNextSaveFromBeingTheNewest() throws IOException {
      Files.write(newest(), new byte[0]);
      lastGood.save(snapshot("e", 1, 3));
      assertThat(revisions()).containsExactly(3L, 1L);
    }

    @Test
    void thatCannotBeReadGivesWayToo() throws IOException {
      Path file = newest();
      Files.delete(file);
      Files.createDirectory(file);
      assertThat(revisions()).containsExactly(1L);
    }
  }

  @Nested
  class ACrash {
    @Test
    void beforeTheRenameLeavesTheOneBefore() throws IOException {
      lastGood.save(ONE);
      byte[] whole = SnapshotFile.encode(TWO).array();
      for (int length = 0; length <= whole.length; length++) {
        Files.write(dir.resolve("snapshot.tmp"), Arrays.copyOf(whole, length));
        assertThat(lastGood.load().snapshots()).containsExactly(ONE);
        assertThat(lastGood.load().damaged()).isEmpty();
      }
      assertThat(lastGood.save(TWO)).isTrue();
      assertThat(revisions()).containsExactly(2L, 1L);
    }
  }

  @Nested
  class ADirectoryThatCannotBeUsed {
    @Test
    void becauseItIsAFileIsRefusedInOneSentence() throws IOException {
      Path file = Files.createFile(temp.resolve("file"));
      assertThat(refused(file))
          .isEqualTo(
              "cannot use data directory %s: it is not a directory; make it readable and writable or choose another with --data-dir"
                  .formatted(file));
      assertThat(refused(file.resolve("below")))
          .startsWith("cannot use data directory " + file + "/below: ");
    }

    @Test
    void becauseAnotherAgentHasItNamesTheProcess() {
      assertThat(refused(dir))
          .isEqualTo(
              "data directory %s is in use by another agent (process %d); give each its own with --data-dir"
                  .formatted(dir, ProcessHandle.current().pid()));
    }

    @Test
    void isFreeAgainOnceTheOtherAgentIsGone() {
      lastGood.close();
      lastGood = opened(dir);
      assertThat(lastGood.save(ONE)).isTrue();
    }

    @Test
    void becauseItVanishedWhileServingIsSurvived() throws IOException {
      lastGood.save(ONE);
      Path away = temp.resolve("away");
      Files.move(dir, away);
      assertThat(lastGood.save(TWO)).isFalse();
      assertThat(lastGood.save(TWO)).isFalse();
      Files.move(away, dir);
      assertThat(lastGood.save(TWO)).isTrue();
      assertThat(revisions()).containsExactly(2L, 1L);
    }

    @Test
    void becauseTheTemporaryFileCannotBeWrittenIsSurvived() throws IOException {
      Files.createDirectory(dir.resolve("snapshot.tmp"));
      assertThat(lastGood.save(ONE)).isFalse();
      lastGood.close();
      assertThat(refused(dir)).startsWith("cannot use data directory " + dir);
    }
  }

  @Test
  void aFileWithANegativeLengthIsDamaged() {
    byte[] bytes = SnapshotFile.encode(ONE).array();
    bytes[8] = (byte) 0x80;
    assertThatThrownBy(() -> SnapshotFile.decode(bytes)).isInstanceOf(IOException.class);
  }
}
