package io.weir.agent.membership;

/**
 * Where to reach whom.
 *
 * @param address in whatever form the transport takes; this package only compares it
 */
public record Peer(String name, String address) {}
