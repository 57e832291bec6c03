package io.weir.agent.health;

/**
 * What requests to one endpoint came to, since the agent started.
 *
 * @param requests that came to something: those that clients gave up before are not in it
 * @param errors of these: no answer, not all of it, or a status of 500 and above
 * @param answers that began
 * @param answerNanos that the answers took to begin, summed
 */
public record Traffic(long requests, long errors, long answers, long answerNanos) {
  public static final Traffic NONE = new Traffic(0, 0, 0, 0);

  Traffic since(Traffic before) {
    return new Traffic(
        requests - before.requests,
        errors - before.errors,
        answers - before.answers,
        answerNanos - before.answerNanos);
  }

  /** Percent. */
  double successRate() {
    return 100.0 * (requests - errors) / requests;
  }

  double meanNanos() {
    return (double) answerNanos / answers;
  }
}
