package io.weir.agent.model;

import java.util.Optional;

/**
 * One origin address.
 *
 * @param address as declared, unique in its pool, the endpoint's identity
 * @param weight 0 to 65,535; 0: no new requests
 * @param priority 0 first; higher: backup
 * @param drain no new requests
 * @param zone where it is; empty: not said
 * @param forced the operator's word over whatever else is known of it; not UNKNOWN
 */
public record Endpoint(
    String address,
    String host,
    int port,
    int weight,
    int priority,
    boolean drain,
    String zone,
    Optional<Health> forced) {
  /** Not forced. */
  public Endpoint(
      String address, String host, int port, int weight, int priority, boolean drain, String zone) {
    this(address, host, port, weight, priority, drain, zone, Optional.empty());
  }

  /** Without a zone. */
  public Endpoint(String address, String host, int port, int weight, int priority, boolean drain) {
    this(address, host, port, weight, priority, drain, "");
  }
}
