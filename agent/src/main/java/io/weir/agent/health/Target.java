package io.weir.agent.health;

/**
 * One endpoint of one pool: what is probed and judged.
 *
 * @param endpoint address as declared in the pool
 */
public record Target(String pool, String endpoint) {}
