package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
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

  private static AccessRecord record(
      String target, @Nullable String agent, @Nullable Reason reason) {
    boolean answered = reason == null;
    return new AccessRecord(
        Instant.parse("2025-12-31T23:59:59.123456Z"),
        "web",
        "10.0.0.9",
        "GET",
        target,
        "HTTP/1.1",
        answered ? "example.com" : "",
        null,
        agent,
        reason == null ? 200 : reason.status(),
        7,
        12,
        answered ? "backend" : null,
        answered ? "10.0.0.2:80" : null,
        answered ? 1 : 0,
        3_456_789,
        answered ? 2_000_000 : -1,
        reason);
  }

  private static String line(AccessLogFormat format, AccessRecord record) {
    StringBuilder to = new StringBuilder();
    format.append(record, to);
    assertThat(to.toString()).endsWith("\n");
    return to.substring(0, to.length() - 1);
  }

  @Nested
  final class Formats {
    @Test
    void combinedIsNginxsWithFiveFieldsMore() {
      assertThat(line(AccessLogFormat.COMBINED, record("/a", "curl/8", null)))
          .isEqualTo(
              "10.0.0.9 - - [31/Dec/2025:23:59:59 +0000] \"GET /a HTTP/1.1\" 200 12 \"-\""
                  + " \"curl/8\" backend 10.0.0.2:80 1 0.003 -");
      assertThat(line(AccessLogFormat.COMBINED, record("/a", null, Reason.NO_ROUTE)))
          .isEqualTo(
              "10.0.0.9 - - [31/Dec/2025:23:59:59 +0000] \"GET /a HTTP/1.1\" 404 12 \"-\" \"-\""
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
          new ObjectMapper()
              .readTree(line(AccessLogFormat.JSON, record("/", null, Reason.NO_ENDPOINT)));
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
      IntStream.range(0, 5000).forEach(i -> log.log(record("/" + i, null, null)));
      log.close();
      List<String> lines = Files.readAllLines(file);
      assertThat(lines).hasSize(5001).startsWith("before");
      assertThat(lines.getLast()).contains("/4999");
      log.log(record("/late", null, null));
      assertThat(log.dropped()).isEqualTo(1);
    }

    @Test
    void aFileThatIsMovedAwayIsBegunAnew() throws IOException {
      Path file = folder.resolve("access.log");
      Path moved = folder.resolve("access.log.1");
      try (AccessLog log = AccessLog.file(file, AccessLogFormat.COMBINED)) {
        log.log(record("/first", null, null));
        Awaitility.await().until(() -> Files.size(file) > 0);
        Files.move(file, moved);
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(file));
        log.log(record("/second", null, null));
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
      // Ten places, and a writer that cannot keep up with a loop.
      Path file = folder.resolve("full.log");
      LogSink sink = LogSink.file(file);
      QueuedAccessLog log = QueuedAccessLog.start(sink, AccessLogFormat.COMBINED, 10);
      int records = 50_000;
      for (int i = 0; i < records; i++) {
        log.log(record("/" + i, null, null));
      }
      log.close();
      assertThat(log.dropped()).isPositive();
      assertThat(Files.readAllLines(file)).hasSize(records - (int) log.dropped());
    }
  }
}
