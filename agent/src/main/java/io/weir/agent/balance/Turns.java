package io.weir.agent.balance;

/**
 * Turns in virtual time, in which an endpoint of weight w has its turn every 1/w: the next one is
 * that of the earliest turn (earliest deadline first).
 */
final class Turns {
  private Turns() {}

  /** Members go on where they were; one that is new begins in the middle of its interval. */
  static void resume(Candidate[] members, Memory memory) {
    for (Candidate member : members) {
      double waited = 0.5;
      if (member.turnInverse > 0) {
        waited = Math.clamp((member.turn - memory.turn) / member.turnInverse, -1, 1);
      }
      member.turn = memory.turn + waited * member.inverse();
      member.turnInverse = member.inverse();
    }
  }
}
