package io.weir.e2e.sim.fleet;

/** What must never be has come to be. */
final class Broken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Broken(String what) {
    super(what, null, false, false);
  }
}
