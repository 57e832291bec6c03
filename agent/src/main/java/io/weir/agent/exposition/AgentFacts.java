package io.weir.agent.exposition;

import io.weir.agent.gossip.GossipCounts;

/**
 * What is said of the agent as a whole.
 *
 * @param version of Weir
 * @param revision of the config that runs; 0 before the first
 * @param accessLogDropped records that were not written, so far
 * @param gossip the ring of agents
 */
public record AgentFacts(
    String version, long revision, long accessLogDropped, GossipCounts gossip) {}
