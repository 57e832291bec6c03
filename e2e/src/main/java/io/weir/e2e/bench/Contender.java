package io.weir.e2e.bench;

/** A proxy that can be started on this machine. */
sealed interface Contender permits Installed, Weir {
  /** Lower case, as in the names of figures. */
  String name();

  /** Name and version, for people. */
  String described();

  /**
   * Starts it and waits until it listens.
   *
   * @throws IllegalStateException with what it said, when it does not
   */
  Running start(Assignment assignment);
}
