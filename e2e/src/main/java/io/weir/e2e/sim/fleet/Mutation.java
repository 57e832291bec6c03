package io.weir.e2e.sim.fleet;

/** A rule that is broken on purpose. */
public enum Mutation {
  NONE("nothing is broken"),
  ONE_AGENT_DECIDES("one agent's failures eject an endpoint for all"),
  NO_FENCING("the store lets a controller of an earlier term write"),
  DECISIONS_FORGOTTEN("a controller that starts does not read what was decided"),
  NOTHING_SAVED("agents do not keep their last good snapshot"),
  DEAF_TO_VERDICTS("agents do not hear what the controller concludes"),
  NEVER_BACK("what was ejected stays so"),
  NO_PANIC("a pool whose endpoints are all unhealthy serves nobody");

  private final String what;

  Mutation(String what) {
    this.what = what;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT) + ": " + what;
  }
}
