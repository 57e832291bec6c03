package io.weir.controller.rollout;

import java.time.Duration;
import java.util.List;

/**
 * How a staged change fares.
 *
 * @param connected names of all connected agents
 * @param current connected agents of the cohort that run the change
 * @param refused connected agents of the cohort that refused it, each with why
 * @param pending connected agents of the cohort that have done neither
 * @param lost agents of the cohort that were connected in this step and have been away for a while
 * @param unproven why nothing can be known of the change where its step goes; empty: an agent of
 *     the step runs it
 * @param inState since it came to its state, or was resumed
 * @param age since it was asked for
 * @param seen whether it can be said that nothing is wrong: it has been looked at for long enough,
 *     and none of the cohort has just gone
 * @param harm what the figures of the cohort show; empty: none
 * @param figures in a sentence
 */
record Situation(
    List<String> connected,
    List<String> current,
    List<String> refused,
    List<String> pending,
    List<String> lost,
    String unproven,
    Duration inState,
    Duration age,
    boolean seen,
    String harm,
    String figures) {
  Situation {
    connected = List.copyOf(connected);
    current = List.copyOf(current);
    refused = List.copyOf(refused);
    pending = List.copyOf(pending);
    lost = List.copyOf(lost);
  }
}
