package io.weir.agent.control;

import java.time.Duration;

/**
 * By a controller.
 *
 * @param epoch of its store
 * @param term of the leader; 0: none leads now
 * @param reportInterval from 100 ms to 1 min
 */
public record Welcomed(String epoch, long term, Duration reportInterval) {}
