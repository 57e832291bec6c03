package io.weir.agent.l4;

import io.weir.agent.balance.PoolMembers;

/**
 * Where the clients of one listener of one snapshot go. A connection or flow keeps the one it began
 * with.
 *
 * @param listener its name
 * @param idleNanos without a byte, or a datagram, in either direction
 */
public record Target(String listener, PoolMembers pool, long idleNanos) {}
