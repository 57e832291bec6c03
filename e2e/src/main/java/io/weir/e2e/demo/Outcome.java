package io.weir.e2e.demo;

import java.util.List;

/**
 * What the whole demo measured. Only {@link Scenario} makes one, and only when every phase was gone
 * through.
 *
 * @param failoverMillis for each kill of an origin, from the kill until the last failed request
 *     ended; 0 when none failed
 * @param connections of the load, each with one request under way at most
 */
record Outcome(
    Phase split,
    Phase weightChange,
    Phase firstKill,
    Phase secondKill,
    Phase back,
    Phase controllerDown,
    Phase controllerBack,
    List<Double> failoverMillis,
    int connections) {
  Outcome {
    failoverMillis = List.copyOf(failoverMillis);
  }

  List<Phase> phases() {
    return List.of(
        split, weightChange, firstKill, secondKill, back, controllerDown, controllerBack);
  }

  List<Phase> kills() {
    return List.of(firstKill, secondKill);
  }

  long requests() {
    return phases().stream().mapToLong(Phase::requests).sum();
  }

  long failed() {
    return phases().stream().mapToLong(Phase::failed).sum();
  }

  double shareErrorMax() {
    return phases().stream().mapToDouble(Phase::shareError).max().orElse(0);
  }
}
