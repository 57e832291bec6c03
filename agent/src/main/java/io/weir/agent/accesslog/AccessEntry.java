package io.weir.agent.accesslog;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One request, connection or flow, as it ended. Reused for one after the other: {@link #begin}
 * clears it. Text of a request is kept as it was on the wire, byte by byte. Confined to one thread.
 */
public final class AccessEntry {
  /** Parts of a request that are logged as they came. */
  public enum Text {
    METHOD(0),
    TARGET(1),
    HOST(2),
    REFERER(3),
    USER_AGENT(4);

    private static final int COUNT = 5;

    private final int index;

    Text(int index) {
      this.index = index;
    }
  }

  /** Bytes; an entry that was larger gives the memory back. */
  private static final int USUAL = 512;

  private byte[] text = {};
  private int length;
  private final int[] starts = new int[Text.COUNT];
  private final int[] ends = new int[Text.COUNT];

  long time;
  long duration;
  long upstream;
  long received;
  long sent;
  int status;
  int attempts;
  String listener = "";
  String client = "";
  String version = "-";
  @Nullable String pool;
  @Nullable String endpoint;
  @Nullable String reason;

  /**
   * Nothing is known yet but when it began.
   *
   * @param epochNanos since 1970-01-01T00:00:00Z
   * @param client address literal of the peer
   */
  public void begin(long epochNanos, String listener, String client) {
    time = epochNanos;
    this.listener = listener;
    this.client = client;
    duration = 0;
    upstream = -1;
    received = sent = 0;
    status = attempts = 0;
    version = "-";
    pool = endpoint = reason = null;
    length = 0;
    Arrays.fill(starts, -1);
  }

  /** As "HTTP/1.1" or "TCP". */
  public void version(String name) {
    version = name;
  }

  /** At most once for each part between two {@link #begin}. */
  public void text(Text part, byte[] b, int from, int to) {
    int n = to - from;
    if (length + n > text.length) {
      text = Arrays.copyOf(text, Math.max(length + n, 2 * text.length));
    }
    System.arraycopy(b, from, text, length, n);
    starts[part.index] = length;
    length += n;
    ends[part.index] = length;
  }

  public void pool(String name) {
    pool = name;
  }

  /**
   * @param address the last one tried
   * @param attempt endpoints tried
   */
  public void endpoint(String address, int attempt) {
    endpoint = address;
    attempts = attempt;
  }

  /** Sent to the client; 499 when the client left before one was. */
  public void status(int code) {
    status = code;
  }

  public int status() {
    return status;
  }

  /** Why it did not simply get an endpoint's whole answer: a word. */
  public void reason(String word) {
    reason = word;
  }

  /** From the beginning to the head of the endpoint's answer, in nanoseconds. */
  public void upstream(long nanos) {
    upstream = nanos;
  }

  /** More bytes of body from the client. */
  public void addReceived(long bytes) {
    received += bytes;
  }

  /** More bytes of body to the client. */
  public void addSent(long bytes) {
    sent += bytes;
  }

  public long received() {
    return received;
  }

  public long sent() {
    return sent;
  }

  /** From the beginning to the end, in nanoseconds. */
  public void duration(long nanos) {
    duration = nanos;
  }

  boolean has(Text part) {
    return starts[part.index] >= 0;
  }

  byte[] bytes() {
    return text;
  }

  int start(Text part) {
    return starts[part.index];
  }

  int end(Text part) {
    return ends[part.index];
  }

  /** Bytes of memory for text. */
  int capacity() {
    return text.length;
  }

  /** Forgets text of unusual length; bytes that were freed. */
  int shrink() {
    if (text.length <= USUAL) {
      return 0;
    }
    int freed = text.length;
    text = new byte[0];
    length = 0;
    return freed;
  }

  /** What the capacity has to be to become the same as {@code other}. */
  int capacityFor(AccessEntry other) {
    boolean fits = other.length <= text.length && (text.length <= USUAL || other.length > USUAL);
    return fits ? text.length : other.length <= USUAL ? USUAL : other.length;
  }

  /** Becomes the same as {@code other}. */
  void copy(AccessEntry other) {
    int capacity = capacityFor(other);
    if (capacity != text.length) {
      text = new byte[capacity];
    }
    time = other.time;
    duration = other.duration;
    upstream = other.upstream;
    received = other.received;
    sent = other.sent;
    status = other.status;
    attempts = other.attempts;
    listener = other.listener;
    client = other.client;
    version = other.version;
    pool = other.pool;
    endpoint = other.endpoint;
    reason = other.reason;
    length = other.length;
    System.arraycopy(other.text, 0, text, 0, length);
    System.arraycopy(other.starts, 0, starts, 0, starts.length);
    System.arraycopy(other.ends, 0, ends, 0, ends.length);
  }
}
