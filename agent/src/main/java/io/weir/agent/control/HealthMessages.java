package io.weir.agent.control;

import io.weir.agent.health.Assignment;
import io.weir.agent.health.Assignment.Place;
import io.weir.agent.health.Assignment.Share;
import io.weir.agent.health.Conclusions;
import io.weir.agent.health.Conclusions.Conclusion;
import io.weir.agent.health.Target;
import io.weir.v1.AssignedEndpoint;
import io.weir.v1.EndpointVerdict;
import io.weir.v1.PoolPosition;
import io.weir.v1.Verdict;
import io.weir.v1.Verdicts;
import io.weir.v1.Verify;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the controller says of health, in the words of this agent. Pure. */
public final class HealthMessages {
  private HealthMessages() {}

  public static Assignment assignment(io.weir.v1.Assignment message) {
    if (message.getAll()) {
      Place place = place(message.getPlace(), message.getObservers());
      return new Assignment(message.getTerm(), message.getVersion(), new Share.All(place));
    }
    Map<Target, Place> places = new HashMap<>();
    for (AssignedEndpoint assigned : message.getEndpointsList()) {
      places.put(
          new Target(assigned.getPool(), assigned.getEndpoint()),
          place(assigned.getPlace(), assigned.getObservers()));
    }
    return new Assignment(message.getTerm(), message.getVersion(), new Share.Some(places));
  }

  /** One that cannot be is as the only one: to probe is what matters. */
  private static Place place(int place, int observers) {
    return observers < 1 || place < 0 || place >= observers
        ? new Place(0, 1)
        : new Place(place, observers);
  }

  public static Conclusions conclusions(Verdicts message) {
    Map<Target, Conclusion> endpoints = new HashMap<>();
    for (EndpointVerdict verdict : message.getEndpointsList()) {
      endpoints.put(
          new Target(verdict.getPool(), verdict.getEndpoint()),
          new Conclusion(
              verdict(verdict.getVerdict()), verdict.getDecision(), verdict.getReason()));
    }
    Map<String, Integer> floors = new HashMap<>();
    for (PoolPosition position : message.getPoolsList()) {
      floors.put(position.getPool(), position.getFloor());
    }
    return new Conclusions(
        message.getTerm(), message.getVersion(), message.getComplete(), endpoints, floors);
  }

  private static Conclusions.Verdict verdict(Verdict verdict) {
    return switch (verdict) {
      case VERDICT_HEALTHY -> Conclusions.Verdict.HEALTHY;
      case VERDICT_UNHEALTHY -> Conclusions.Verdict.UNHEALTHY;
      case VERDICT_ASYMMETRIC -> Conclusions.Verdict.ASYMMETRIC;
      // The last one from a newer controller.
      case VERDICT_UNSPECIFIED, VERDICT_UNKNOWN, UNRECOGNIZED -> Conclusions.Verdict.UNKNOWN;
    };
  }

  public static List<Target> targets(Verify message) {
    return message.getTargetsList().stream()
        .map(target -> new Target(target.getPool(), target.getEndpoint()))
        .toList();
  }
}
