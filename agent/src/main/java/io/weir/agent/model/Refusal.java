package io.weir.agent.model;

/**
 * Why this agent cannot run a snapshot.
 *
 * @param kind of the resource: Pool, Listener, Route
 * @param field path below the spec, as in "endpoints[1].address"; empty: the whole resource
 * @param reason what is wrong and what would be right, one sentence
 */
public record Refusal(String kind, String name, String field, String reason) {}
