package io.weir.e2e.sim.balance;

/**
 * Which requests are measured: those that arrive in it.
 *
 * @param warmUpSeconds before it, in which requests are not measured
 * @param seconds how long it lasts
 */
public record Window(int warmUpSeconds, int seconds) {}
