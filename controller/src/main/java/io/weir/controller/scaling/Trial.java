package io.weir.controller.scaling;

/**
 * How many endpoints there are to be while it is not known what one can do: as many as keep each at
 * what it has borne, and a few less where all is well, so that it comes to be known. One thread at
 * a time.
 */
final class Trial {
  /** How much fewer endpoints there may be at once. */
  private static final double TRIED = 0.85;

  /** By how much more than what went well the load may grow meanwhile. */
  private static final double GROWN = 1.2;

  private static final double WAITING = 0.2;

  private double borne;
  private boolean fewer;

  /** There are fewer than before: what they bear is not known yet. */
  void fewer() {
    fewer = true;
  }

  /**
   * @param expected requests under way once new endpoints serve
   * @param wentLately there have become fewer within the last minute
   * @return not rounded
   */
  double wants(Sample sample, Demand demand, double expected, boolean wentLately) {
    if (sample.usable() > 0 && (borne == 0 || (fewer && !wentLately))) {
      borne = demand.steady().stable() / sample.usable();
      fewer = false;
    }
    if (demand.idle()) {
      return 0;
    }
    if (sample.usable() == 0) {
      return Math.max(1, sample.endpoints());
    }
    if (sample.queued() > WAITING * (sample.inFlight() + sample.queued())) {
      return 1.5 * sample.endpoints();
    }
    if (borne > 0 && !fewer && expected > GROWN * borne * sample.usable()) {
      return expected / borne;
    }
    return Math.max(1, Math.floor(TRIED * sample.endpoints()));
  }
}
