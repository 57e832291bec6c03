package io.weir.controller.scaling;

import io.weir.controller.scaling.Forecast.Outlook;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How many endpoints each target asks for, not rounded; of several the one that asks for most
 * counts.
 *
 * @param by at least one
 * @param decisive the name of the one that counts
 */
record Wants(Map<String, Double> by, String decisive) {
  private static final double NOTHING = 1e-9;

  /**
   * @param whole under way, whatever for: what an operator's number is of
   * @param inFlight under way for what arrives
   * @param each what an endpoint can have under way
   * @param held how many endpoints there are to be where nothing is known
   */
  static Wants of(
      Terms.Targets targets,
      double whole,
      double inFlight,
      double rate,
      OptionalDouble each,
      Promptness promptness,
      Sample sample,
      double held) {
    Map<String, Double> by = new LinkedHashMap<>();
    targets.inFlight().ifPresent(target -> by.put("in_flight", whole / target));
    targets.rate().ifPresent(target -> by.put("rate", rate / target));
    if (targets.p99Micros().isPresent()) {
      by.put("p99", promptness.wants(inFlight, sample.usable(), sample.endpoints()));
    }
    targets
        .utilization()
        .ifPresent(share ->
            by.put("learned", each.isPresent() ? inFlight / (share * each.getAsDouble()) : held));
    String decisive =
        by.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    return new Wants(by, decisive);
  }

  double most() {
    return by.getOrDefault(decisive, 0.0);
  }

  static int rounded(double wanted) {
    return (int) Math.min(Integer.MAX_VALUE, Math.ceil(wanted - NOTHING));
  }

  /** The part of the reason that says what an endpoint is good for. */
  String why(
      Terms.Targets targets,
      OptionalDouble each,
      Promptness promptness,
      Outlook whole,
      Outlook inFlight,
      Outlook rate) {
    return switch (decisive) {
      case "in_flight" ->
          under(whole)
              + ", an endpoint is to have "
              + Figures.number(targets.inFlight().orElseThrow());
      case "rate" ->
          "%s requests a second%s, an endpoint is to get %s"
              .formatted(
                  Figures.number(rate.brief()),
                  rising(rate),
                  Figures.number(targets.rate().orElseThrow()));
      case "p99" ->
          promptness.p99() == 0
              ? under(inFlight) + ", too few of them answered to tell how long that takes"
              : "1 of 100 answers takes more than %s, %s are allowed, with %s"
                  .formatted(
                      Figures.millis(promptness.p99()),
                      Figures.millis(targets.p99Micros().orElseThrow()),
                      under(inFlight));
      default ->
          under(inFlight)
              + (each.isEmpty()
                  ? ", what an endpoint can have is not known yet"
                  : ", an endpoint can have %s and is to have %.0f %% of that"
                      .formatted(
                          Figures.number(each.getAsDouble()),
                          100 * targets.utilization().orElseThrow()));
    };
  }

  private static String under(Outlook inFlight) {
    return Figures.number(inFlight.brief()) + " requests under way" + rising(inFlight);
  }

  private static String rising(Outlook outlook) {
    return outlook.slope() > 0
        ? " and rising by %s a second".formatted(Figures.number(outlook.slope()))
        : "";
  }
}
