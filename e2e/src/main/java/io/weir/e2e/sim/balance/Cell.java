package io.weir.e2e.sim.balance;

/**
 * One combination that is simulated.
 *
 * @param proxies how many, each of which gets the same share of the requests
 * @param load of what the servers can do together on average, stalls included; 0 to 1
 */
public record Cell(Scenario scenario, int proxies, double load) {}
