package io.weir.agent.control;

import java.util.Optional;

/**
 * Which kinds of probes this process can perform, beyond those that every agent can.
 *
 * @param exec programs: the operator of the host allows them
 * @param noIcmp why echo requests cannot be sent; empty: they can
 */
public record ProbeAbility(boolean exec, Optional<String> noIcmp) {
  /** Every kind. */
  public static final ProbeAbility ALL = new ProbeAbility(true, Optional.empty());
}
