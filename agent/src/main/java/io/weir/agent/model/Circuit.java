package io.weir.agent.model;

/**
 * What one agent gives a pool at most; see weir.v1.Circuit. 0: any number.
 *
 * @param connections open to the pool
 * @param endpointConnections open to one endpoint of it
 * @param pending requests that wait for a connection to open
 * @param requests under way
 * @param retries what requests that failed may cost
 */
public record Circuit(
    int connections, int endpointConnections, int pending, int requests, Retries retries) {
  public static final Circuit USUAL = new Circuit(0, 0, 0, 0, new Retries(20, 10));

  /**
   * @param percent of the requests
   * @param perSecond beside these
   */
  public record Retries(int percent, int perSecond) {}
}
