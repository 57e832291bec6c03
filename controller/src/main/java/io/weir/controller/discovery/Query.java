package io.weir.controller.discovery;

/**
 * What DNS is asked.
 *
 * @param name absolute, in lower case, without the last dot
 */
public record Query(String name, Type type) {
  public enum Type {
    A,
    AAAA,
    SRV
  }
}
