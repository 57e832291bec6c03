package io.weir.agent.health;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck;

/**
 * A probe to begin now; how it ends is to be told to {@link HealthWatch#finished}.
 *
 * @param number of this one and no other
 * @param began monotonic, ns
 */
public record DueProbe(
    Target target, Endpoint endpoint, HealthCheck check, long number, long began) {}
