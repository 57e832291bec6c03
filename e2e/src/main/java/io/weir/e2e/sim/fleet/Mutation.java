package io.weir.e2e.sim.fleet;

import java.util.EnumSet;
import java.util.Set;

/** A rule that is broken on purpose. */
public enum Mutation {
  NONE("nothing is broken"),
  ONE_AGENT_DECIDES("one agent's failures eject an endpoint for all"),
  NO_FENCING("the store lets a controller of an earlier term write"),
  DECISIONS_FORGOTTEN("a controller that starts does not read what was decided"),
  NOTHING_SAVED("agents do not keep their last good snapshot"),
  DEAF_TO_VERDICTS("agents do not hear what the controller concludes"),
  NEVER_BACK("what was ejected stays so"),
  NO_PANIC("a pool whose endpoints are all unhealthy serves nobody"),
  NO_GUARD("the store takes a write of config that does not know of the one before"),
  SLOW_CLOCK("the clocks by which leaders give up run slow"),
  ANY_REVISION("agents run whatever revision they are offered");

  /** Only there to be noticed where there are several controllers. */
  static final Set<Mutation> OF_SEVERAL = EnumSet.of(NO_GUARD, SLOW_CLOCK, ANY_REVISION);

  private final String what;

  Mutation(String what) {
    this.what = what;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT) + ": " + what;
  }
}
