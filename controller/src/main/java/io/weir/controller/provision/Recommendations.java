package io.weir.controller.provision;

import java.time.Instant;
import java.util.Optional;

/**
 * What scalers recommend now, for those who ask instead of being called. Any thread; no blocking.
 */
public interface Recommendations {
  /** Empty: there is no such scaler, or it is off. */
  Optional<View> scaler(String name);

  /**
   * @param desired endpoints there are to be
   * @param current endpoints there are
   * @param demand requests under way and waiting
   * @param at when that was worked out
   */
  record View(String scaler, String pool, int current, int desired, double demand, Instant at) {
    /** Whether there is to be anything at all. */
    public boolean active() {
      return desired > 0;
    }
  }
}
