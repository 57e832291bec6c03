package io.weir.agent.membership;

import java.util.List;

/** From one member to another. */
public sealed interface Message {
  /**
   * To be acked by {@code target} only.
   *
   * @param number of the sender's choice, repeated in the answer
   */
  record Ping(long number, String target, List<Rumor> rumors) implements Message {
    public Ping {
      rumors = List.copyOf(rumors);
    }
  }

  record Ack(long number, List<Rumor> rumors) implements Message {
    public Ack {
      rumors = List.copyOf(rumors);
    }
  }

  /** Asks for a ping of {@code target}, and an ack or a nack of what came of it. */
  record PingRequest(long number, Peer target, List<Rumor> rumors) implements Message {
    public PingRequest {
      rumors = List.copyOf(rumors);
    }
  }

  /** The target has not answered so far; the sender is well. */
  record Nack(long number, List<Rumor> rumors) implements Message {
    public Nack {
      rumors = List.copyOf(rumors);
    }
  }

  record Spread(List<Rumor> rumors) implements Message {
    public Spread {
      rumors = List.copyOf(rumors);
    }
  }

  /**
   * All that the sender knows; large, so not for a datagram.
   *
   * @param answer whether the receiver shall send its own in return
   */
  record State(boolean answer, List<Rumor> members, List<Seen> seen) implements Message {
    public State {
      members = List.copyOf(members);
      seen = List.copyOf(seen);
    }
  }
}
