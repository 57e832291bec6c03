package io.weir.agent.metrics;

/** What one event loop did for the clients of one listener. Confined to that loop. */
public final class ListenerMetrics {
  private final long[] answers = new long[EndpointMetrics.CLASSES];
  private long accepted;
  private long aborted;
  private int open;
  private boolean retired;

  public void opened() {
    accepted++;
    open++;
  }

  public void closed() {
    open--;
  }

  /**
   * A request has been answered, by an endpoint or by the agent itself.
   *
   * @param status as the client got it
   */
  public void answered(int status) {
    answers[Math.clamp(status / 100, 1, EndpointMetrics.CLASSES) - 1]++;
  }

  /** A request ended before its answer had: by the client, or because it had to be broken off. */
  public void aborted() {
    aborted++;
  }

  /** Nothing new will happen here, unless somebody asks LoopMetrics for it again. */
  public void retire() {
    retired = true;
  }

  void use() {
    retired = false;
  }

  /** Retired, and no connection is left. */
  boolean isGone() {
    return retired && open == 0;
  }

  /** Connections accepted so far. */
  public long accepted() {
    return accepted;
  }

  public long aborts() {
    return aborted;
  }

  /** Connections that are open. */
  public int open() {
    return open;
  }

  /**
   * @param statusClass 1 to 5
   */
  public long answers(int statusClass) {
    return answers[statusClass - 1];
  }

  void add(ListenerMetrics other) {
    for (int i = 0; i < answers.length; i++) {
      answers[i] += other.answers[i];
    }
    accepted += other.accepted;
    aborted += other.aborted;
    open += other.open;
  }

  ListenerMetrics copy() {
    ListenerMetrics copy = new ListenerMetrics();
    copy.add(this);
    return copy;
  }
}
