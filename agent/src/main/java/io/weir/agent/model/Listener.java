package io.weir.agent.model;

/**
 * An address to accept on.
 *
 * @param host literal address or name to bind
 */
public record Listener(String name, String host, int port, Service service) {}
