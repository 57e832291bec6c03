package io.weir.controller.scaling;

import io.weir.v1.ScaleInputs;
import java.util.Optional;

/**
 * How many endpoints there are to be.
 *
 * @param desired within the bounds that hold now
 * @param inputs what it was worked out from
 * @param reason in a sentence, with the figures
 * @param frozen what keeps it from going the way it would, in a sentence
 * @param advice what more endpoints would not help, in a sentence
 */
public record Recommendation(
    int desired,
    ScaleInputs inputs,
    String reason,
    Optional<String> frozen,
    Optional<String> advice) {}
