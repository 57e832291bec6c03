package io.weir.agent.exposition;

import java.util.Locale;

/** How the port for metrics is protected. */
public enum MetricsTls {
  /** Plaintext, to everybody who gets there. */
  OFF,

  /** With the agent's certificate, to everybody who gets there. */
  ON,

  /** The same, to those who show a certificate of the agent's authority. */
  MUTUAL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
