package io.weir.agent.health;

import java.util.Map;
import java.util.Optional;

/**
 * What to probe by the clock, as weir.v1.Assignment.
 *
 * @param version growing within a term
 */
public record Assignment(long term, long version, Share share) {
  /** Of the endpoints that the agent runs. */
  public sealed interface Share {
    /** Every one of them, in the same place. */
    record All(Place place) implements Share {}

    record Some(Map<Target, Place> places) implements Share {
      public Some {
        places = Map.copyOf(places);
      }
    }

    /** Empty: it is for others to probe. */
    default Optional<Place> of(Target target) {
      return switch (this) {
        case All(Place place) -> Optional.of(place);
        case Some(Map<Target, Place> places) -> Optional.ofNullable(places.get(target));
      };
    }
  }

  /**
   * Among the observers of an endpoint, whose probes are spread over the interval.
   *
   * @param place 0 to observers - 1
   * @param observers 1 or more
   */
  public record Place(int place, int observers) {
    public Place {
      if (observers < 1 || place < 0 || place >= observers) {
        throw new IllegalArgumentException("place " + place + " of " + observers);
      }
    }
  }
}
