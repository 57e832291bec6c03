package io.weir.controller.scaling;

/**
 * From what is wanted to what is recommended, step by step.
 *
 * @param there how many there are
 * @param held what may be wanted, by what is known
 * @param stable what of that has been so for long enough
 * @param limited what of that policies allow now
 * @param bounds that hold now
 */
record Steps(int there, Doubts.Held held, int stable, int limited, Terms.Bounds bounds) {
  int desired() {
    return Math.clamp(limited, bounds.min(), bounds.max());
  }

  /**
   * @param why what is wanted, and by which figures
   * @param startup seconds until a new one serves
   */
  String reason(String why, double startup, boolean panics) {
    int desired = desired();
    StringBuilder reason = new StringBuilder();
    if (desired == there) {
      reason.append("stays at ").append(there);
    } else {
      reason.append(there).append(" -> ").append(desired);
    }
    reason.append(": ").append(why);
    if (desired > there) {
      reason
          .append(", ")
          .append(Figures.number(Math.rint(startup)))
          .append(" s until a new one serves");
    }
    if (panics) {
      reason.append("; in the last minute it took twice what there was");
    }
    if (desired != limited) {
      reason
          .append("; ")
          .append(desired == bounds.max() ? "no more than " : "no fewer than ")
          .append(desired)
          .append(" are allowed");
    } else if (limited != stable) {
      reason.append("; more than that at once is against its policies");
    } else if (stable != held.wanted()) {
      reason
          .append("; not ")
          .append(held.wanted())
          .append(" yet, as it has not been so for long enough");
    }
    return reason.toString();
  }
}
