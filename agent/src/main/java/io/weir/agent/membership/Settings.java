package io.weir.agent.membership;

/**
 * How a ring behaves; the same for all of its members. Times in ns.
 *
 * @param period between two probes by one member
 * @param probeTimeout after which others are asked to probe as well; less than half the period
 * @param gossipInterval between two rounds of rumors
 * @param fanout members told in a round of rumors
 * @param helpers members asked to probe indirectly
 * @param retransmit a rumor is sent {@code retransmit * ceil(log10(members + 1))} times
 * @param suspicion the least time a member stays suspect is {@code suspicion * max(1,
 *     log10(members)) * period}
 * @param suspicionMax the most is so many times the least; Lifeguard only
 * @param confirmations of other members that bring it down to the least; Lifeguard only
 * @param rules how much a member doubts what it holds of others
 * @param syncInterval between two exchanges of all that is known with one other member
 * @param reconnectInterval between two tries to reach one of those that were lost
 * @param forget after which a member that is dead or has left is forgotten
 * @param rumorBytes rumors in one message, estimated
 */
public record Settings(
    long period,
    long probeTimeout,
    long gossipInterval,
    int fanout,
    int helpers,
    int retransmit,
    double suspicion,
    int suspicionMax,
    int confirmations,
    Rules rules,
    long syncInterval,
    long reconnectInterval,
    long forget,
    int rumorBytes) {
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000 * MILLI;

  /** What agents use. */
  public static final Settings DEFAULT =
      new Settings(
          200 * MILLI,
          80 * MILLI,
          100 * MILLI,
          3,
          3,
          4,
          3,
          6,
          3,
          Rules.WEIR,
          30 * SECOND,
          5 * SECOND,
          24 * 3600 * SECOND,
          1_100);

  public Settings {
    if (period <= 0 || probeTimeout <= 0 || 2 * probeTimeout > period || gossipInterval <= 0) {
      throw new IllegalArgumentException(
          "period %d, probeTimeout %d, gossipInterval %d"
              .formatted(period, probeTimeout, gossipInterval));
    }
  }

  /** Each has what the one before has. */
  public enum Rules {
    /** Suspicion of a fixed time. */
    SWIM,

    /** Doubts itself, waits for confirmations, tells the suspect first. */
    LIFEGUARD,

    /**
     * Takes its own stalls out of its timers, and calls a suspect itself before it holds it dead,
     * whoever says so.
     */
    WEIR
  }

  /** Others, all else the same. */
  public Settings rules(Rules others) {
    return new Settings(
        period,
        probeTimeout,
        gossipInterval,
        fanout,
        helpers,
        retransmit,
        suspicion,
        suspicionMax,
        confirmations,
        others,
        syncInterval,
        reconnectInterval,
        forget,
        rumorBytes);
  }

  /** With another factor of the least time of suspicion. */
  public Settings suspicion(double factor) {
    return new Settings(
        period,
        probeTimeout,
        gossipInterval,
        fanout,
        helpers,
        retransmit,
        factor,
        suspicionMax,
        confirmations,
        rules,
        syncInterval,
        reconnectInterval,
        forget,
        rumorBytes);
  }

  boolean lifeguard() {
    return rules != Rules.SWIM;
  }

  boolean callsFirst() {
    return rules == Rules.WEIR;
  }

  /** How often a rumor is sent in a ring of so many. */
  int transmissions(int members) {
    return retransmit * (int) Math.ceil(Math.log10(members + 1.0));
  }

  /** A suspicion that {@code by} begins in a ring of so many. */
  Suspicion suspicion(String by, int members, long now) {
    long least = (long) (suspicion * Math.max(1, Math.log10(members)) * period);
    // Neither the suspect nor the one that began it can confirm.
    int wanted = lifeguard() && members - 2 >= confirmations ? confirmations : 0;
    return Suspicion.begin(by, least, least * suspicionMax, wanted, now);
  }
}
