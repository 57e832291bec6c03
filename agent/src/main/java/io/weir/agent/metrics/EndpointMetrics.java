package io.weir.agent.metrics;

import java.util.Map;

/**
 * What one event loop did with one endpoint of a pool. Confined to that loop; {@link #copy} for
 * others.
 */
public final class EndpointMetrics {
  /** Classes of status codes, 1xx to 5xx. */
  public static final int CLASSES = 5;

  private final LatencyHistogram latency = new LatencyHistogram();
  private final long[] answers = new long[CLASSES];
  private long bytesUp;
  private long bytesDown;
  private long failures;
  private long connectFailures;
  private long retries;
  private long connects;
  private int inFlight;
  private int active;
  private int idle;
  private boolean retired;
  private boolean ejected;
  private Map<String, Long> ejections = Map.of();

  /** A request goes to the endpoint; followed by exactly one of answered, failed and abandoned. */
  public void started() {
    inFlight++;
  }

  /**
   * The request is over and the endpoint's answer has been passed on.
   *
   * @param status 100 to 999; what is above 599 counts as 5xx
   * @param nanos from {@link #started} to the answer's last byte
   * @param up bytes of body to the endpoint
   * @param down bytes of body from the endpoint
   */
  public void answered(int status, long nanos, long up, long down) {
    inFlight--;
    answers[Math.clamp(status / 100, 1, CLASSES) - 1]++;
    latency.record(nanos);
    bytesUp += up;
    bytesDown += down;
  }

  /** The request got no whole answer from the endpoint: broken off, timed out, or not sent. */
  public void failed(long up, long down) {
    inFlight--;
    failures++;
    bytesUp += up;
    bytesDown += down;
  }

  /** The request was given up by its client, or for its client's fault, before an answer began. */
  public void abandoned(long up) {
    inFlight--;
    bytesUp += up;
  }

  /** The request that failed here is tried again, here or elsewhere. */
  public void retried() {
    retries++;
  }

  /** A connection could not be opened, in addition to the request that failed by it. */
  public void connectFailed() {
    connectFailures++;
  }

  /** A connection has been opened, for use. */
  public void connected() {
    connects++;
    active++;
  }

  /** A connection in use is kept for the next request. */
  public void idled() {
    active--;
    idle++;
  }

  /** An idle connection is used again. */
  public void reused() {
    idle--;
    active++;
  }

  public void closed(boolean wasIdle) {
    if (wasIdle) {
      idle--;
    } else {
      active--;
    }
  }

  /**
   * As of now.
   *
   * @param count of ejections so far, by cause
   */
  public void ejected(boolean is, Map<String, Long> count) {
    ejected = is;
    ejections = count;
  }

  /** Whether traffic is kept from it. */
  public boolean isEjected() {
    return ejected;
  }

  /** By cause. */
  public Map<String, Long> ejections() {
    return ejections;
  }

  /** Nothing new will happen here, unless somebody asks LoopMetrics for it again. */
  public void retire() {
    retired = true;
  }

  void use() {
    retired = false;
  }

  /** Retired, and nothing is under way. */
  boolean isGone() {
    return retired && inFlight == 0 && active == 0 && idle == 0;
  }

  /** From {@link #started} to the end of the answer. */
  public LatencyHistogram latency() {
    return latency;
  }

  /**
   * @param statusClass 1 to 5
   */
  public long answers(int statusClass) {
    return answers[statusClass - 1];
  }

  public long bytesUp() {
    return bytesUp;
  }

  public long bytesDown() {
    return bytesDown;
  }

  public long failures() {
    return failures;
  }

  public long connectFailures() {
    return connectFailures;
  }

  public long retries() {
    return retries;
  }

  /** Connections opened so far. */
  public long connects() {
    return connects;
  }

  public int inFlight() {
    return inFlight;
  }

  /** Connections in use. */
  public int active() {
    return active;
  }

  /** Connections kept for later. */
  public int idle() {
    return idle;
  }

  EndpointMetrics copy() {
    EndpointMetrics copy = new EndpointMetrics();
    copy.add(this);
    return copy;
  }

  void add(EndpointMetrics other) {
    latency.add(other.latency);
    for (int i = 0; i < CLASSES; i++) {
      answers[i] += other.answers[i];
    }
    bytesUp += other.bytesUp;
    bytesDown += other.bytesDown;
    failures += other.failures;
    connectFailures += other.connectFailures;
    retries += other.retries;
    connects += other.connects;
    inFlight += other.inFlight;
    active += other.active;
    idle += other.idle;
  }
}
