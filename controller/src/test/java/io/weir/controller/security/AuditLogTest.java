package io.weir.controller.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.AuditRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditLogTest {
  @TempDir private Path dir = Path.of("");

  private AuditLog open() {
    return AuditLog.open(Optional.of(dir.resolve("x/audit.log")), "c1", InstantSource.system());
  }

  private static AuditRecord.Builder record(String sentence) {
    return AuditRecord.newBuilder().setIdentity("operator/ann").setSentence(sentence);
  }

  @Test
  void aProcessThatComesAfterGoesOnWithWhatWasKept() throws IOException {
    try (AuditLog audit = open()) {
      audit.wrote(record("one"));
      audit.refused(record("two\nlines"));
    }
    Path file = dir.resolve("x/audit.log");
    assertThat(Files.readAllLines(file)).hasSize(2).allMatch(line -> line.startsWith("{"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.writeString(file, "{\"time\": \"20", java.nio.file.StandardOpenOption.APPEND);
    try (AuditLog audit = open()) {
      audit.wrote(record("three"));
      assertThat(sentences(audit.newest(false, 10))).containsExactly("three", "two\nlines", "one");
      assertThat(sentences(audit.newest(true, 10))).containsExactly("two\nlines");
      assertThat(sentences(audit.newest(false, 1))).containsExactly("three");
    }
    try (AuditLog audit = open()) {
      assertThat(sentences(audit.newest(false, 10))).containsExactly("three", "two\nlines", "one");
    }
  }

  @Test
  void aFloodOfRefusalsIsCountedAndPushesNoWriteOut() {
    try (AuditLog audit = open()) {
      audit.wrote(record("kept"));
      for (int i = 0; i < 10_000; i++) {
        audit.refused(record("refused " + i));
      }
      assertThat(audit.dropped()).isGreaterThan(8_000);
      assertThat(sentences(audit.newest(false, 10_000))).contains("kept").hasSizeLessThan(2_100);
    }
  }

  @Test
  void aFloodOfRegistrationsIsCountedAndPushesNoOtherWriteOut() {
    try (AuditLog audit = open()) {
      audit.wrote(record("kept"));
      for (int i = 0; i < 10_000; i++) {
        audit.wrote(record("registered " + i).setCall("weir.v1.AdminService/Register"));
      }
      assertThat(audit.dropped()).isGreaterThan(8_000);
      assertThat(sentences(audit.newest(false, 10_000))).contains("kept").hasSizeLessThan(2_100);
    }
  }

  @Test
  void withoutAPlaceToWriteToItIsInMemoryOnly() throws IOException {
    Files.writeString(dir.resolve("x"), "no folder");
    try (AuditLog audit = open()) {
      audit.wrote(record("one"));
      assertThat(sentences(audit.newest(false, 10))).containsExactly("one");
    }
  }

  private static List<String> sentences(List<AuditRecord> records) {
    return records.stream().map(AuditRecord::getSentence).toList();
  }
}
