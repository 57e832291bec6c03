package io.weir.cli.view;

import io.weir.v1.Endpoint;
import io.weir.v1.EndpointStatus;
import io.weir.v1.Pool;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One endpoint as declared and as it is.
 *
 * @param share of the pool's requests that it is to get as things are, 0 to 1
 */
record EndpointView(Endpoint endpoint, EndpointStatus status, State state, double share) {
  /** What the agents that report it hold of it together. */
  enum State {
    HEALTHY,
    UNHEALTHY,
    /** Some agents find it healthy, some do not. */
    MIXED,
    UNKNOWN,
    /** Not probed, so usable. */
    UNPROBED,
    DRAINING,
    MAINTENANCE;

    String text() {
      return switch (this) {
        case HEALTHY -> "healthy";
        case UNHEALTHY -> "unhealthy";
        case MIXED -> "mixed";
        case UNKNOWN -> "unknown";
        case UNPROBED -> "not probed";
        case DRAINING -> "draining";
        case MAINTENANCE -> "maintenance";
      };
    }
  }

  static List<EndpointView> of(Pool pool) {
    Map<String, EndpointStatus> statuses =
        pool.getStatus().getEndpointsList().stream()
            .collect(
                Collectors.toMap(
                    EndpointStatus::getAddress, Function.identity(), (first, second) -> first));
    List<EndpointView> views =
        Discoveries.endpoints(pool).stream()
            .map(endpoint -> {
              EndpointStatus status =
                  statuses.getOrDefault(endpoint.getAddress(), EndpointStatus.getDefaultInstance());
              State state = state(endpoint, status, pool.getSpec().hasHealth());
              return new EndpointView(endpoint, status, state, 0);
            })
            .toList();
    return new Shares(views, pool.getSpec().getPriorities(), pool.getStatus().getFloor()).shared();
  }

  EndpointView withShare(double now) {
    return new EndpointView(endpoint, status, state, now);
  }

  int weight() {
    return endpoint.hasWeight() ? endpoint.getWeight() : 1;
  }

  /** By the fleet's verdict; where there is none, most agents that know find it healthy. */
  boolean healthy() {
    return switch (status.getVerdict()) {
      case VERDICT_HEALTHY -> true;
      case VERDICT_UNHEALTHY -> false;
      case VERDICT_ASYMMETRIC, VERDICT_UNKNOWN, VERDICT_UNSPECIFIED, UNRECOGNIZED ->
          status.getHealthy() > status.getUnhealthy();
    };
  }

  private static State state(Endpoint endpoint, EndpointStatus status, boolean probed) {
    if (endpoint.getMaintenance()) {
      return State.MAINTENANCE;
    }
    if (endpoint.getDrain()) {
      return State.DRAINING;
    }
    switch (endpoint.getForce()) {
      case FORCE_HEALTHY -> {
        return State.HEALTHY;
      }
      case FORCE_UNHEALTHY -> {
        return State.UNHEALTHY;
      }
      case FORCE_UNSPECIFIED, UNRECOGNIZED -> {}
    }
    if (!probed) {
      return State.UNPROBED;
    }
    return switch (status.getVerdict()) {
      case VERDICT_HEALTHY -> State.HEALTHY;
      case VERDICT_UNHEALTHY -> State.UNHEALTHY;
      case VERDICT_ASYMMETRIC -> State.MIXED;
      case VERDICT_UNKNOWN, VERDICT_UNSPECIFIED, UNRECOGNIZED -> byVotes(status);
    };
  }

  private static State byVotes(EndpointStatus status) {
    if (status.getHealthy() == 0 && status.getUnhealthy() == 0) {
      return State.UNKNOWN;
    }
    if (status.getUnhealthy() == 0) {
      return State.HEALTHY;
    }
    return status.getHealthy() == 0 ? State.UNHEALTHY : State.MIXED;
  }
}
