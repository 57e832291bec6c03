package io.weir.controller.rollout;

import io.weir.v1.Discovery;

/**
 * Endpoints that a staged change has searched for otherwise than what is declared.
 *
 * @param change its number
 */
public record Sought(String pool, long change, Discovery discovery) {}
