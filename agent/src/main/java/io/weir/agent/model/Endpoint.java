package io.weir.agent.model;

/**
 * One origin address.
 *
 * @param address as declared, unique in its pool, the endpoint's identity
 * @param weight 0 to 65,535; 0: no new requests
 * @param priority 0 first; higher: backup
 * @param drain no new requests
 * @param zone where it is; empty: not said
 */
public record Endpoint(
    String address, String host, int port, int weight, int priority, boolean drain, String zone) {
  /** Without a zone. */
  public Endpoint(String address, String host, int port, int weight, int priority, boolean drain) {
    this(address, host, port, weight, priority, drain, "");
  }
}
