package io.weir.controller.health;

import io.weir.v1.Vote;
import java.util.List;
import java.util.Optional;

/** What the board wants done or told. */
public sealed interface Effect {
  /** {@code agent} is to probe {@code targets} at once. */
  record Verify(String agent, List<Target> targets) implements Effect {
    public Verify {
      targets = List.copyOf(targets);
    }
  }

  /**
   * The verdict on one endpoint has changed.
   *
   * @param votes of the agents heard
   * @param follows the agent whose loss of trust, just told, is the only reason for it
   */
  record Judged(
      Target target,
      Verdict before,
      Verdict verdict,
      String reason,
      List<Vote> votes,
      Flaps flaps,
      Optional<String> follows)
      implements Effect {
    public Judged {
      votes = List.copyOf(votes);
    }

    /** Whether it says more than that evidence came for the first time. */
    public boolean isDecision() {
      return follows.isEmpty()
          && !(before instanceof Verdict.Unknown && verdict instanceof Verdict.Healthy);
    }
  }

  /** Nothing more is ejected, or that is over. */
  record Frozen(boolean frozen, int failing, int endpoints, String reason) implements Effect {}

  /** What an agent says does not count any more, or does so again. */
  record Trusted(String agent, boolean trusted, int disagrees, int observes, String reason)
      implements Effect {}
}
