package io.weir.agent.accesslog;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes lines of entries. Not thread-safe. */
abstract sealed class LineFormat {
  private static final long SECOND = 1_000_000_000L;

  private final DateTimeFormatter seconds;
  private long second = Long.MIN_VALUE;
  private byte[] secondText = {};

  private LineFormat(DateTimeFormatter seconds) {
    this.seconds = seconds;
  }

  static LineFormat of(AccessLogFormat format) {
    return switch (format) {
      case COMBINED -> new Combined();
      case JSON -> new Json();
    };
  }

  /** With a line end. */
  abstract void append(AccessEntry entry, Lines to);

  /** The whole seconds of a time; most entries share them with the one before. */
  final byte[] seconds(long epochNanos) {
    long now = Math.floorDiv(epochNanos, SECOND);
    if (now != second) {
      second = now;
      secondText =
          seconds
              .format(Instant.ofEpochSecond(now).atOffset(ZoneOffset.UTC))
              .getBytes(StandardCharsets.US_ASCII);
    }
    return secondText;
  }

  static final class Combined extends LineFormat {
    Combined() {
      super(DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH));
    }

    @Override
    void append(AccessEntry entry, Lines to) {
      byte[] time = seconds(entry.time);
      to.add(entry.client).add(" - - [").add(time, 0, time.length).add("] \"");
      escaped(entry, AccessEntry.Text.METHOD, to);
      to.add(' ');
      escaped(entry, AccessEntry.Text.TARGET, to);
      to.add(' ').add(entry.version).add("\" ").add(entry.status).add(' ').add(entry.sent);
      to.add(" \"");
      escaped(entry, AccessEntry.Text.REFERER, to);
      to.add("\" \"");
      escaped(entry, AccessEntry.Text.USER_AGENT, to);
      to.add("\" ").add(orDash(entry.pool)).add(' ').add(orDash(entry.endpoint));
      to.add(' ').add(entry.attempts).add(' ').decimal(entry.duration, SECOND);
      to.add(' ').add(orDash(entry.reason)).add('\n');
    }

    private static String orDash(@Nullable String s) {
      return s == null ? "-" : s;
    }

    private static void escaped(AccessEntry entry, AccessEntry.Text part, Lines to) {
      if (!entry.has(part)) {
        to.add('-');
        return;
      }
      byte[] b = entry.bytes();
      int end = entry.end(part);
      int plain = entry.start(part);
      for (int i = plain; i < end; i++) {
        if (b[i] < ' ' || b[i] > '~' || b[i] == '"' || b[i] == '\\') { // negative: above ASCII
          to.add(b, plain, i).add("\\x").hex(b[i]);
          plain = i + 1;
        }
      }
      to.add(b, plain, end);
    }
  }

  static final class Json extends LineFormat {
    Json() {
      super(DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss", Locale.ENGLISH));
    }

    @Override
    void append(AccessEntry entry, Lines to) {
      byte[] time = seconds(entry.time);
      int millis = (int) (Math.floorMod(entry.time, SECOND) / 1_000_000);
      to.add("{\"time\":\"").add(time, 0, time.length).add('.').add((char) ('0' + millis / 100));
      to.add((char) ('0' + millis / 10 % 10)).add((char) ('0' + millis % 10)).add("Z\"");
      string("listener", entry.listener, to);
      string("client", entry.client, to);
      text("method", entry, AccessEntry.Text.METHOD, to);
      text("path", entry, AccessEntry.Text.TARGET, to);
      string("protocol", entry.version, to);
      text("host", entry, AccessEntry.Text.HOST, to);
      to.add(",\"status\":").add(entry.status).add(",\"bytes_received\":").add(entry.received);
      to.add(",\"bytes_sent\":").add(entry.sent);
      string("pool", entry.pool, to);
      string("endpoint", entry.endpoint, to);
      to.add(",\"attempts\":").add(entry.attempts).add(",\"duration_ms\":");
      to.decimal(entry.duration, 1_000_000);
      if (entry.upstream >= 0) {
        to.add(",\"upstream_ms\":").decimal(entry.upstream, 1_000_000);
      }
      string("reason", entry.reason, to);
      text("referer", entry, AccessEntry.Text.REFERER, to);
      text("user_agent", entry, AccessEntry.Text.USER_AGENT, to);
      to.add("}\n");
    }

    private static void name(String name, Lines to) {
      to.add(",\"").add(name).add("\":\"");
    }

    /** Names of resources and words of ours need no escape. */
    private static void string(String name, @Nullable String value, Lines to) {
      if (value != null) {
        name(name, to);
        to.add(value).add('"');
      }
    }

    private static void text(String name, AccessEntry entry, AccessEntry.Text part, Lines to) {
      if (!entry.has(part)) {
        return;
      }
      name(name, to);
      byte[] b = entry.bytes();
      int end = entry.end(part);
      int plain = entry.start(part);
      for (int i = plain; i < end; i++) {
        boolean quoted = b[i] == '"' || b[i] == '\\';
        if (quoted || b[i] < ' ' || b[i] > '~') {
          to.add(b, plain, i);
          if (quoted) {
            to.add('\\').add((char) b[i]);
          } else {
            to.add("\\u00").hex(b[i]);
          }
          plain = i + 1;
        }
      }
      to.add(b, plain, end).add('"');
    }
  }
}
