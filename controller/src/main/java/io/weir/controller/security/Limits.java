package io.weir.controller.security;

import java.time.Duration;

/**
 * What others may take of this process.
 *
 * @param connections in all, 1 to 1,000,000
 * @param connectionsPerAddress from one address, except of this machine, 1 to 1,000,000
 * @param writesPerSecond of one identity; plaintext knows none. 1 to 1,000,000; four times as many
 *     at once
 */
public record Limits(int connections, int connectionsPerAddress, int writesPerSecond) {
  public static final Limits DEFAULT = new Limits(20_000, 1_000, 50);

  /** How many more calls than writes there may be. */
  static final int READS = 10;

  static final int BURST = 4;

  /** Streams of agents that one name may open. */
  static final int HELLOS_PER_SECOND = 5;

  /** For TLS to be agreed on. */
  public static final Duration HANDSHAKE = Duration.ofSeconds(10);

  /** Of a connection without a call. */
  public static final Duration IDLE = Duration.ofMinutes(10);

  /** Calls under way on one connection. */
  public static final int STREAMS = 20_000;
}
