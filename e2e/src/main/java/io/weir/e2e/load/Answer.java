package io.weir.e2e.load;

/** How one request ended. */
public sealed interface Answer {
  /** With 200 and the body that was to be expected. */
  record Served(String endpoint) implements Answer {}

  /** Without an answer, or with another one. */
  record Failed(String reason) implements Answer {}
}
