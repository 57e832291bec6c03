package io.weir.agent.gossip;

/** Why a packet was not taken. */
public enum Dropped {
  /** It is no packet, or what was sealed is no message. */
  MALFORMED,

  /** Longer than a packet may be. */
  OVERSIZED,

  /** Of another version of the protocol. */
  VERSION,

  /** Of another cluster. */
  CLUSTER,

  /** Sealed with a key that this agent does not have. */
  KEY,

  /** It does not open with that key: changed on the way, or forged. */
  FORGED,

  /** It came before, or so late that this cannot be told. */
  REPLAYED,

  /** For another agent. */
  MISDIRECTED
}
