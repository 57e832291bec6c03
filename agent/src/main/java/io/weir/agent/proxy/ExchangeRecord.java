package io.weir.agent.proxy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is to be said of one exchange when it is over. Reused; text is only taken when there is a
 * log to write it to. Confined to its loop.
 */
final class ExchangeRecord {
  private long began;
  private long answered;
  private long received;
  private long sent;
  private int status;
  private int attempts;
  private @Nullable Reason reason;
  private @Nullable String pool;
  private @Nullable String endpoint;
  private String method = "-";
  private String target = "-";
  private String version = "-";
  private String host = "";
  private @Nullable String referer;
  private @Nullable String userAgent;

  void begin(long now) {
    began = now;
    answered = -1;
    received = sent = 0;
    status = attempts = 0;
    reason = null;
    pool = endpoint = null;
    method = target = version = "-";
    host = "";
    referer = userAgent = null;
  }

  void describe(
      String method,
      String target,
      String version,
      String host,
      @Nullable String referer,
      @Nullable String userAgent) {
    this.method = method;
    this.target = target;
    this.version = version;
    this.host = host;
    this.referer = referer;
    this.userAgent = userAgent;
  }

  void pool(String name) {
    pool = name;
  }

  void endpoint(String address, int attempt) {
    endpoint = address;
    attempts = attempt;
  }

  /** An endpoint's head arrived. */
  void answered(long now) {
    answered = now - began;
  }

  void status(int code) {
    status = code;
  }

  int status() {
    return status;
  }

  void reason(Reason why) {
    reason = why;
  }

  void addReceived(int bytes) {
    received += bytes;
  }

  void addSent(int bytes) {
    sent += bytes;
  }

  AccessRecord finish(Instant time, String listener, String client, long now) {
    return new AccessRecord(
        time.minusNanos(now - began),
        listener,
        client,
        method,
        target,
        version,
        host,
        referer,
        userAgent,
        status,
        received,
        sent,
        pool,
        endpoint,
        attempts,
        now - began,
        answered,
        reason);
  }

  static String text(byte[] b, int from, int to) {
    return new String(b, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
