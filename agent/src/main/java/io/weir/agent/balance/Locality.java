package io.weir.agent.balance;

/**
 * Where picks are made: what agents of one fleet differ in.
 *
 * @param agent its name, by which it takes its part of a large pool
 * @param zone empty: not known
 */
public record Locality(String agent, String zone) {
  public static final Locality NOWHERE = new Locality("", "");
}
