package io.weir.agent.health;

import io.weir.agent.model.Health;
import java.time.Instant;

/**
 * What this agent holds of one endpoint.
 *
 * @param endpoint address as declared in the pool
 * @param since when the agent came to hold it so, by its own clock
 * @param reason the last failure when unhealthy, else empty
 */
public record Observation(
    String pool, String endpoint, Health health, Instant since, String reason) {}
