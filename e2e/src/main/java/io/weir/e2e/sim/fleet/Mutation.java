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
  ANY_REVISION("agents run whatever revision they are offered"),
  NO_BAKE("a rollout does not wait for the end of a bake"),
  NO_CONFIRMATION("what nobody confirmed is declared"),
  NO_COHORT("all agents run a change as soon as the first do"),
  NO_END("a rollout goes on after it was taken back"),
  HALF_DECLARED("the last resource of a rollout is not declared with the others"),
  NO_BARRIER("instances are ended without waiting for what is under way there"),
  CALLED_TWICE("a controller calls a hook with a key of its own for what another has decided"),
  NEVER_TRIED("new instances get requests before anybody has reached them");

  /** Only there to be noticed where there are several controllers. */
  static final Set<Mutation> OF_SEVERAL = EnumSet.of(NO_GUARD, SLOW_CLOCK, ANY_REVISION);

  /** By {@link RolloutMutant}. */
  static final Set<Mutation> OF_ROLLOUTS =
      EnumSet.of(NO_BAKE, NO_CONFIRMATION, NO_COHORT, NO_END, HALF_DECLARED);

  /** By {@link ScaledMutant}. */
  static final Set<Mutation> OF_SCALING = EnumSet.of(NO_BARRIER, CALLED_TWICE, NEVER_TRIED);

  private final String what;

  Mutation(String what) {
    this.what = what;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT) + ": " + what;
  }
}
