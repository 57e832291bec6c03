package io.weir.controller.health;

import com.google.protobuf.Duration;
import io.weir.v1.Vote;

/** What one agent last said of one endpoint. Confined to the board. */
final class Ballot {
  private static final int MAX_REASON = 160;
  private static final long SECOND = 1_000_000_000L;

  final String agent;
  int failures;
  int successes;
  String reason = "";

  /** When its last probe began, by the board's clock. */
  long begun;

  /** Counted as speaking against what the others found. */
  boolean dissents;

  Ballot(String agent) {
    this.agent = agent;
  }

  void say(int failures, int successes, String reason, long begun) {
    this.failures = Math.max(0, failures);
    this.successes = this.failures > 0 ? 0 : Math.max(0, successes);
    if (this.failures > 0) {
      this.reason = reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON);
    }
    this.begun = begun;
  }

  boolean fails() {
    return failures > 0;
  }

  boolean passes() {
    return successes > 0;
  }

  Vote vote(String zone, String dropped, long now) {
    long age = Math.max(0, now - begun);
    Vote.Builder vote =
        Vote.newBuilder()
            .setAgent(agent)
            .setZone(zone)
            .setReached(!fails())
            .setFailures(failures)
            .setSuccesses(successes)
            .setAge(Duration.newBuilder().setSeconds(age / SECOND).setNanos((int) (age % SECOND)))
            .setDropped(dropped);
    return fails() ? vote.setReason(reason).build() : vote.build();
  }
}
