package io.weir.controller.scaling;

/**
 * What one endpoint does, as all agents together see it.
 *
 * @param address as in Endpoint
 * @param zone "": none
 * @param inFlight requests under way
 * @param rate requests a second
 */
public record PerEndpoint(String address, String zone, double inFlight, double rate) {}
