package io.weir.agent.model;

/**
 * One origin address.
 *
 * @param address as declared, unique in its pool, the endpoint's identity
 * @param weight 0 to 65,535; 0: no new requests
 * @param priority 0 first; higher: backup
 * @param drain no new requests
 */
public record Endpoint(
    String address, String host, int port, int weight, int priority, boolean drain) {}
