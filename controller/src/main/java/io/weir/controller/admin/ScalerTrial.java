package io.weir.controller.admin;

import com.google.protobuf.Duration;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.scaling.PoolModel;
import io.weir.controller.scaling.Replay;
import io.weir.v1.ScalerSpec;
import io.weir.v1.SimulateScalerRequest;
import io.weir.v1.SimulateScalerResponse;
import io.weir.v1.SimulatedPoint;
import io.weir.v1.TracePoint;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a Scaler would have made of a load. Computes for up to some seconds, and touches nothing.
 */
final class ScalerTrial {
  private static final int MOST_POINTS = 100_000;
  private static final long LONGEST = 7 * 86_400;
  private static final int MOST_SHOWN = 4_000;
  private static final double CAPACITY = 8;
  private static final double PATIENCE = 10;
  private static final long SEED = 1;

  private final InstantSource clock;

  ScalerTrial(InstantSource clock) {
    this.clock = clock;
  }

  Answer<SimulateScalerResponse> run(SimulateScalerRequest request) {
    ScalerSpec spec = request.getSpec();
    int min = spec.hasMin() ? spec.getMin() : 1;
    if (spec.getMax() < 1 || spec.getMax() > 4_096 || min < 0 || min > spec.getMax()) {
      return malformed("max must be 1 to 4,096, and min not above it");
    }
    List<TracePoint> trace = request.getTraceList();
    if (trace.isEmpty() || trace.size() > MOST_POINTS) {
      return malformed(
          "the trace must have 1 to %,d points, has %,d".formatted(MOST_POINTS, trace.size()));
    }
    double capacity = request.getEndpointCapacity() == 0 ? CAPACITY : request.getEndpointCapacity();
    double objective = seconds(request.getObjective());
    if (!(capacity > 0 && capacity <= 1e6) || objective < 0) {
      return malformed("the capacity must be above 0, and the objective not below 0");
    }
    List<Replay.Load> loads = new ArrayList<>();
    long first = trace.getFirst().getTime().getSeconds();
    for (int i = 0; i < trace.size(); i++) {
      TracePoint point = trace.get(i);
      double service = seconds(point.getServiceTime());
      long second = point.getTime().getSeconds() - first;
      boolean ordered = loads.isEmpty() || second > loads.getLast().second();
      if (!ordered || second > LONGEST) {
        return malformed(
            "point %d of the trace must be at a later second than the one before, and within 7 days"
                .formatted(i + 1));
      }
      if (!(point.getRate() >= 0 && point.getRate() <= 1e9 && service > 0 && service <= 3_600)) {
        return malformed(
            "point %d of the trace must have a rate and a service time, up to 1 h"
                .formatted(i + 1));
      }
      loads.add(new Replay.Load(second, point.getRate(), service));
    }
    try {
      return Answer.done(run(spec, loads, capacity, objective));
    } catch (IllegalArgumentException e) {
      return malformed("the scaler is not valid: " + e.getMessage());
    }
  }

  private SimulateScalerResponse run(
      ScalerSpec spec, List<Replay.Load> loads, double capacity, double objective) {
    double startup = spec.hasStartup() ? seconds(spec.getStartup()) : 30;
    Replay.Load first = loads.getFirst();
    int needed = (int) Math.ceil(first.rate() * first.service() / capacity / 0.7);
    int min = spec.hasMin() ? spec.getMin() : 1;
    Replay replay =
        new Replay(
            spec,
            new PoolModel.Nature(capacity, startup, 0, PATIENCE),
            objective,
            Math.clamp(needed, min, spec.getMax()),
            clock.instant(),
            new Random(SEED));
    long every = Math.max(1, loads.getLast().second() / MOST_SHOWN);
    SimulateScalerResponse.Builder response = SimulateScalerResponse.newBuilder();
    Replay.Outcome outcome =
        replay.run(
            loads,
            point -> {
              boolean changes = point.desired() != point.endpoints();
              if (point.second() % every == 0
                  || (changes && response.getPointsCount() < 2 * MOST_SHOWN)) {
                response.addPoints(shown(point, changes));
              }
            });
    return response
        .setEndpointSeconds(outcome.endpointSeconds())
        .setViolationSeconds(outcome.violationSeconds())
        .setChanges(outcome.changes())
        .setReversals(outcome.reversals())
        .build();
  }

  private static SimulatedPoint shown(Replay.Point point, boolean changes) {
    return SimulatedPoint.newBuilder()
        .setTime(Duration.newBuilder().setSeconds(point.second()))
        .setRate(point.rate())
        .setEndpoints(point.endpoints())
        .setDesired(point.desired())
        .setLatency(duration(point.latency()))
        .setReason(changes ? point.reason() : "")
        .build();
  }

  private static Duration duration(double seconds) {
    long whole = (long) seconds;
    return Duration.newBuilder()
        .setSeconds(whole)
        .setNanos((int) Math.min(999_999_999, (seconds - whole) * 1e9))
        .build();
  }

  private static double seconds(Duration duration) {
    return duration.getSeconds() + duration.getNanos() / 1e9;
  }

  private static Answer<SimulateScalerResponse> malformed(String sentence) {
    return Answer.refused(new Refusal.Malformed(sentence));
  }
}
