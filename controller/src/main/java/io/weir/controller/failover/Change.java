package io.weir.controller.failover;

import io.weir.v1.EndpointRecord;
import io.weir.v1.ScalerRecord;
import java.util.Optional;

/** A change of what is recorded of a pool, or of a scaler. */
public sealed interface Change {
  record Judged(String name, EndpointRecord endpoint) implements Change {}

  record Moved(String name, int floor, long decision, String reason) implements Change {}

  record EndpointGone(String name, String endpoint) implements Change {}

  record PoolGone(String name) implements Change {}

  /**
   * @param record empty: nothing is recorded of it any more
   */
  record Scaled(String scaler, Optional<ScalerRecord> record) implements Change {}

  record None() implements Change {}

  /** Whether it says something else of the same as {@code other}. */
  default boolean isAbout(Change other) {
    return switch (this) {
      case Judged now ->
          other instanceof Judged then
              && now.name().equals(then.name())
              && now.endpoint().getEndpoint().equals(then.endpoint().getEndpoint());
      case Moved now -> other instanceof Moved then && now.name().equals(then.name());
      case EndpointGone _, PoolGone _, Scaled _, None _ -> false;
    };
  }

  /** The pool it is about. */
  default Optional<String> pool() {
    return switch (this) {
      case Judged judged -> Optional.of(judged.name());
      case Moved moved -> Optional.of(moved.name());
      case EndpointGone gone -> Optional.of(gone.name());
      case PoolGone gone -> Optional.of(gone.name());
      case Scaled _, None _ -> Optional.empty();
    };
  }
}
