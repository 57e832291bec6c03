package io.weir.agent.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.agent.accesslog.AccessEntry.Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

final class AccessLogTest {
  @TempDir Path folder;

  private static AccessEntry record(
      String target, @Nullable String agent, @Nullable String reason) {
    Instant time = Instant.parse("2025-12-31T23:59:59.123456Z");
    AccessEntry entry = new AccessEntry();
    entry.begin(time.getEpochSecond() * 1_000_000_000L + time.getNano(), "web", "10.0.0.9");
    entry.version("HTTP/1.1");
    text(entry, Text.METHOD, "GET");
    text(entry, Text.TARGET, target);
    entry.addReceived(7);
    entry.addSent(12);
    entry.duration(3_456_789);
    if (agent != null) {
      text(entry, Text.USER_AGENT, agent);
    }
    if (reason == null) {
      text(entry, Text.HOST, "example.com");
      entry.status(200);
      entry.pool("backend");
      entry.endpoint("10.0.0.2:80", 1);
      entry.upstream(2_000_000);
    } else {
      entry.status(503);
      entry.reason(reason);
    }
    return entry;
  }

  private static void text(AccessEntry entry, Text part, String text) {
    byte[] b = text.getBytes(StandardCharsets.ISO_8859_1);
    entry.text(part, b, 0, b.length);
  }

  private static String line(AccessLogFormat format, AccessEntry entry) {
    Lines lines = new Lines();
    LineFormat.of(format).append(entry, lines);
    String line = StandardCharsets.ISO_8859_1.decode(lines.toWrite()).toString();
    assertThat(line).endsWith("\n");
    return line.substring(0, line.length() - 1);
  }

  @Nested
  final class Formats {
    @Test
    void combinedIsNginxsWithFiveFieldsMore() {
      assertThat(line(AccessLogFormat.COMBINED, record("/a", "curl/8", null)))
          .isEqualTo(
              "10.0.0.9 - - [31/Dec/2025:23:59:59 +0000] \"GET /a HTTP/1.1\" 200 12 \"-\""
                  + " \"curl/8\" backend 10.0.0.2:80 1 0.003 -");
      assertThat(line(AccessLogFormat.COMBINED, record("/a", null, "no-route")))
          .isEqualTo(
              "10.0.0.9 - - [31/Dec/2025:23:59:59 +0000] \"GET /a HTTP/1.1\" 503 12 \"-\" \"-\""
                  + " - - 0 0.003 no-route");
    }

    @Test
    void combinedEscapesWhatCouldForgeALine() {
      assertThat(
              line(AccessLogFormat.COMBINED, record("/\"\r\n\u001b\\\u00e9\u007f", "a\tb", null)))
          .contains("\"GET /\\x22\\x0D\\x0A\\x1B\\x5C\\xE9\\x7F HTTP/1.1\"", "\"a\\x09b\"");
    }

    @Test
    void jsonIsOneObjectALine() {
      String target = "/\"\r\n\u001b\\\u00e9\u007f";
      String line = line(AccessLogFormat.JSON, record(target, "a\tb", null));
      assertThat(line).doesNotContain("\n").isPrintable();
      JsonNode json = new ObjectMapper().readTree(line);
      assertThat(json.get("time").asString()).isEqualTo("2025-12-31T23:59:59.123Z");
      assertThat(json.get("path").asString()).isEqualTo(target);
      assertThat(json.get("listener").asString()).isEqualTo("web");
      assertThat(json.get("client").asString()).isEqualTo("10.0.0.9");
      assertThat(json.get("method").asString()).isEqualTo("GET");
      assertThat(json.get("host").asString()).isEqualTo("example.com");
      assertThat(json.get("status").asInt()).isEqualTo(200);
      assertThat(json.get("bytes_received").asInt()).isEqualTo(7);
      assertThat(json.get("bytes_sent").asInt()).isEqualTo(12);
      assertThat(json.get("pool").asString()).isEqualTo("backend");
      assertThat(json.get("endpoint").asString()).isEqualTo("10.0.0.2:80");
      assertThat(json.get("attempts").asInt()).isEqualTo(1);
      assertThat(json.get("duration_ms").asDouble()).isEqualTo(3.456);
      assertThat(json.get("upstream_ms").asDouble()).isEqualTo(2.0);
      assertThat(json.get("user_agent").asString()).isEqualTo("a\tb");
      assertThat(json.has("reason")).isFalse();
      assertThat(json.has("referer")).isFalse();
    }

    @Test
    void jsonLeavesOutWhatDoesNotApply() {
      JsonNode json =
          new ObjectMapper().readTree(line(AccessLogFormat.JSON, record("/", null, "no-endpoint")));
      assertThat(json.get("reason").asString()).isEqualTo("no-endpoint");
      assertThat(json.get("status").asInt()).isEqualTo(503);
      for (String absent : List.of("host", "pool", "endpoint", "upstream_ms", "user_agent")) {
        assertThat(json.has(absent)).as(absent).isFalse();
      }
    }
  }

  @Nested
  final class Sinks {
    @Test
    void whatIsQueuedIsWrittenBeforeTheLogIsClosed() throws IOException {
      Path file = folder.resolve("access.log");
      Files.writeString(file, "before\n");
      AccessLog log = AccessLog.file(file, AccessLogFormat.COMBINED);
      AccessRing ring = log.ring().orElseThrow();
      IntStream.range(0, 5000).forEach(i -> ring.log(record("/" + i, null, null)));
      log.close();
      List<String> lines = Files.readAllLines(file);
      assertThat(lines).hasSize(5001).startsWith("before");
      assertThat(lines.getLast()).contains("/4999");
      ring.log(record("/late", null, null));
      assertThat(log.dropped()).isEqualTo(1);
    }

    @Test
    void aFileThatIsMovedAwayIsBegunAnew() throws IOException {
      Path file = folder.resolve("access.log");
      Path moved = folder.resolve("access.log.1");
      try (AccessLog log = AccessLog.file(file, AccessLogFormat.COMBINED)) {
        AccessRing ring = log.ring().orElseThrow();
        ring.log(record("/first", null, null));
        Awaitility.await().until(() -> Files.size(file) > 0);
        Files.move(file, moved);
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(file));
        ring.log(record("/second", null, null));
        Awaitility.await().until(() -> Files.size(file) > 0);
      }
      assertThat(Files.readString(moved)).contains("/first");
      assertThat(Files.readString(file)).contains("/second").doesNotContain("/first");
    }

    @Test
    void aFileThatCannotBeOpenedIsSaidAtOnce() {
      assertThatThrownBy(
              () -> AccessLog.file(folder.resolve("no/such/dir.log"), AccessLogFormat.JSON))
          .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void whatDoesNotFitIsDroppedAndCounted() throws IOException {
      Path file = folder.resolve("full.log");
      LogSink sink = LogSink.file(file);
      RingAccessLog log = RingAccessLog.start(sink, AccessLogFormat.COMBINED, 8);
      AccessRing ring = log.ring().orElseThrow();
      int records = 50_000;
      AccessEntry entry = record("/", null, null);
      for (int i = 0; i < records; i++) {
        ring.log(entry);
      }
      log.close();
      assertThat(log.dropped()).isPositive();
      assertThat(Files.readAllLines(file)).hasSize(records - (int) log.dropped());
    }

    @Test
    void longTargetsCannotFillTheMemory() {
      AccessRing ring = new AccessRing(8192);
      AccessEntry entry = record("/" + "x".repeat(60_000), null, null);
      for (int i = 0; i < 8192; i++) {
        ring.log(entry);
      }
      long written = 8192 - ring.dropped();
      assertThat(written * 60_000).isBetween(1L << 20, 16L << 20);
      // Once they are written the memory is there for others.
      LineFormat format = LineFormat.of(AccessLogFormat.COMBINED);
      Lines lines = new Lines();
      while (ring.drain(format, lines, 10) > 0) {
        lines.clear();
      }
      long dropped = ring.dropped();
      AccessEntry usual = record("/", null, null);
      for (int i = 0; i < 8192; i++) {
        ring.log(usual);
      }
      assertThat(ring.dropped()).isEqualTo(dropped);
    }
  }
}
