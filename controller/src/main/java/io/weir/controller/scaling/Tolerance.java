package io.weir.controller.scaling;

/**
 * Which differences are too small to do anything about. What is there and cannot serve is no help,
 * but there.
 *
 * @param more share above what there is, up to which none come
 * @param fewer share below, down to which none go
 */
record Tolerance(double more, double fewer) {
  /** After some have gone it takes so many times that now, or what follows if it is expected. */
  private static final double REGRETTED_NOW = 2;

  private static final double REGRETTED_SOON = 5;

  /**
   * @param wanted by what is expected
   * @param now what the last minute took, whatever is expected
   * @param wentLately some have gone within the last minutes
   */
  int near(Sample sample, double wanted, double now, boolean wentLately) {
    int there = sample.endpoints();
    int unready = Math.max(0, there - sample.usable() - sample.starting());
    int able = there - unready;
    int whole = Wants.rounded(wanted) + Math.min(unready, sample.usable());
    if (able == 0) {
      return Math.max(whole, there);
    }
    boolean enough =
        wentLately
            ? now > able * (1 + REGRETTED_NOW * more) || wanted > able * (1 + REGRETTED_SOON * more)
            : wanted > able * (1 + more);
    if (enough) {
      return Math.max(whole, there);
    }
    return wanted < able * (1 - fewer) ? Math.min(whole, there) : there;
  }

  /** Endpoints go several at a time. */
  boolean isWorthwhile(int there, int stable) {
    return stable <= there * (1 - fewer);
  }
}
