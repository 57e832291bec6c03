package io.weir.agent.accesslog;

/** How an entry is written: one line, without control characters. */
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
  COMBINED,

  /**
   * One JSON object; fields that do not apply are absent. Durations are milliseconds with three
   * decimals, sizes bytes of the bodies, the time is RFC 3339 in UTC.
   */
  JSON
}
