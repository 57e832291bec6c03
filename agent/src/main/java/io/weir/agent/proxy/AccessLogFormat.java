package io.weir.agent.proxy;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a record is written: one line, without control characters. Not thread-safe. */
public enum AccessLogFormat {
  /**
   * nginx's combined format, then pool, endpoint, attempts, seconds and reason:
   *
   * <pre>
   * 10.0.0.9 - - [31/Dec/2025:23:59:59 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8" backend 10.0.0.2:80 1 0.003 -
   * </pre>
   *
   * Quotes, backslashes, control characters and bytes above ASCII are written as \xHH, as nginx
   * does.
   */
  COMBINED {
    @Override
    void append(AccessRecord record, StringBuilder to) {
      to.append(record.client()).append(" - - [");
      COMBINED_TIME.formatTo(record.time().atOffset(ZoneOffset.UTC), to);
      to.append("] \"");
      escaped(record.method(), to);
      to.append(' ');
      escaped(record.target(), to);
      to.append(' ').append(record.version()).append("\" ").append(record.status());
      to.append(' ').append(record.bytesSent()).append(" \"");
      escaped(record.referer(), to);
      to.append("\" \"");
      escaped(record.userAgent(), to);
      to.append("\" ").append(record.pool() == null ? "-" : record.pool());
      to.append(' ').append(record.endpoint() == null ? "-" : record.endpoint());
      to.append(' ').append(record.attempts()).append(' ');
      decimal(record.durationNanos(), 1_000_000_000L, to);
      Reason reason = record.reason();
      to.append(' ').append(reason == null ? "-" : reason.word()).append('\n');
    }

    private void escaped(@Nullable String value, StringBuilder to) {
      if (value == null) {
        to.append('-');
        return;
      }
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        if (c < ' ' || c > '~' || c == '"' || c == '\\') {
          to.append("\\x").append(HEX.charAt(c >> 4 & 15)).append(HEX.charAt(c & 15));
        } else {
          to.append(c);
        }
      }
    }
  },

  /**
   * One JSON object; fields that do not apply are absent. Durations are milliseconds with up to
   * three decimals, sizes bytes of the bodies, the time is RFC 3339 in UTC.
   */
  JSON {
    @Override
    void append(AccessRecord record, StringBuilder to) {
      to.append("{\"time\":\"").append(record.time().truncatedTo(ChronoUnit.MILLIS)).append('"');
      string("listener", record.listener(), to);
      string("client", record.client(), to);
      string("method", record.method(), to);
      string("path", record.target(), to);
      string("protocol", record.version(), to);
      string("host", record.host().isEmpty() ? null : record.host(), to);
      to.append(",\"status\":").append(record.status());
      to.append(",\"bytes_received\":").append(record.bytesReceived());
      to.append(",\"bytes_sent\":").append(record.bytesSent());
      string("pool", record.pool(), to);
      string("endpoint", record.endpoint(), to);
      to.append(",\"attempts\":").append(record.attempts()).append(",\"duration_ms\":");
      decimal(record.durationNanos(), 1_000_000L, to);
      if (record.upstreamNanos() >= 0) {
        to.append(",\"upstream_ms\":");
        decimal(record.upstreamNanos(), 1_000_000L, to);
      }
      Reason reason = record.reason();
      string("reason", reason == null ? null : reason.word(), to);
      string("referer", record.referer(), to);
      string("user_agent", record.userAgent(), to);
      to.append("}\n");
    }

    private void string(String name, @Nullable String value, StringBuilder to) {
      if (value == null) {
        return;
      }
      to.append(",\"").append(name).append("\":\"");
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        if (c < ' ' || c > '~') {
          to.append("\\u00").append(HEX.charAt(c >> 4 & 15)).append(HEX.charAt(c & 15));
        } else {
          if (c == '"' || c == '\\') {
            to.append('\\');
          }
          to.append(c);
        }
      }
      to.append('"');
    }
  };

  private static final String HEX = "0123456789ABCDEF";
  private static final DateTimeFormatter COMBINED_TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);

  /** With a line end. Text of a request is taken as it was on the wire, one char a byte. */
  abstract void append(AccessRecord record, StringBuilder to);

  /** Three decimals. */
  private static void decimal(long nanos, long unit, StringBuilder to) {
    long thousandths = Math.max(0, nanos) / (unit / 1000);
    to.append(thousandths / 1000).append('.');
    long rest = thousandths % 1000;
    to.append((char) ('0' + rest / 100))
        .append((char) ('0' + rest / 10 % 10))
        .append((char) ('0' + rest % 10));
  }
}
