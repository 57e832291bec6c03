package io.weir.controller.instances;

import io.weir.v1.ScaleInputs;

/**
 * How many endpoints are wanted.
 *
 * @param endpoints those that are declared among them
 * @param reason a sentence
 */
public record Wanted(int endpoints, ScaleInputs inputs, String reason) {}
