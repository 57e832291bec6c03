package io.weir.controller.provision;

import java.util.Optional;

/**
 * One instance, as its provider has it.
 *
 * @param id the provider's; not empty
 * @param address as in an endpoint ("host:port"); empty: not known yet
 * @param zone where it is, in the provider's words; empty: not known
 */
public record Provisioned(String id, Optional<String> address, State state, String zone) {
  public enum State {
    /** Asked for, or starting. */
    PENDING,
    /** As far as its provider knows: whether it serves is for health checks to say. */
    RUNNING,
    /** On its way out, whoever wanted that. */
    ENDING
  }

  public Provisioned {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("an instance has an id");
    }
  }

  /** One whose zone is not known. */
  public Provisioned(String id, Optional<String> address, State state) {
    this(id, address, state, "");
  }
}
