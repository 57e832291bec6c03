package io.weir.controller.scaling;

import io.weir.v1.ScaleInputs;
import io.weir.v1.ScalerSpec;
import java.time.Duration;
import java.util.Optional;

/** How many endpoints one pool is to have. One thread at a time. */
public final class Recommender {
  private final Terms terms;

  public Recommender(ScalerSpec spec) {
    this.terms = Terms.of(spec);
  }

  /** What to do by what is known now; to be asked about once a second. */
  public Recommendation next(Sample sample) {
    int desired = Math.clamp(sample.endpoints(), terms.min(), terms.max());
    return new Recommendation(
        desired,
        ScaleInputs.getDefaultInstance(),
        desired + " endpoints",
        Optional.empty(),
        Optional.empty());
  }

  /** A new endpoint took that long from when it was asked for until it served. */
  public void started(Duration took) {}

  /** What outlives this controller, a few KiB at most. */
  public byte[] memory() {
    return new byte[0];
  }

  /** Goes on with another's memory, before the first sample; what cannot be read is forgotten. */
  public void restore(byte[] memory) {}
}
