package io.weir.controller.provision;

/**
 * What is to be done, once.
 *
 * @param key the same for every attempt: given again, it has no further effect
 * @param scaler its name
 * @param pool its pool's name
 * @param from how many there were
 * @param desired how many there are to be, at least 0
 * @param reason the decision's, for people
 */
public record Order(String key, String scaler, String pool, int from, int desired, String reason) {
  public Order {
    if (key.isEmpty() || desired < 0) {
      throw new IllegalArgumentException("an order has a key and a number from 0");
    }
  }
}
