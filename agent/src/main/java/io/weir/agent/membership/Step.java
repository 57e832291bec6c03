package io.weir.agent.membership;

import java.util.List;

/** What is to be done, in order, after the ring was told something. */
public record Step(List<Outgoing> send, List<Event> events) {
  public Step {
    send = List.copyOf(send);
    events = List.copyOf(events);
  }

  /** May be lost; a {@link Message.State} goes over a connection of its own. */
  public record Outgoing(Peer to, Message message) {}

  /** What has changed. */
  public sealed interface Event {
    /** {@code by}: who found it out, or said so. */
    record Became(String name, MemberState before, MemberState now, String by) implements Event {}

    record Joined(String name, MemberState now) implements Event {}

    /** Nothing has been heard of it for so long that it is no longer kept. */
    record Forgotten(String name) implements Event {}

    /** Another agent's. */
    record Heard(Seen seen) implements Event {}

    /** This process did not run for so many ns more than it meant to. */
    record Stalled(long nanos) implements Event {}
  }
}
