package io.weir.agent.membership;

/** What travels from member to member. */
public sealed interface Rumor {
  /** {@code name} is at {@code address}. */
  record Alive(String name, String address, long incarnation) implements Rumor {}

  /** {@code by} got no answer from {@code name}. */
  record Suspect(String name, long incarnation, String by) implements Rumor {}

  record Dead(String name, long incarnation, String by) implements Rumor {}

  record Left(String name, long incarnation) implements Rumor {}

  record Observed(Seen seen) implements Rumor {}

  /** What a newer rumor of the same takes the place of. */
  default Object subject() {
    return switch (this) {
      case Alive r -> r.name();
      case Suspect r -> r.name();
      case Dead r -> r.name();
      case Left r -> r.name();
      case Observed r -> r.seen().key();
    };
  }

  /** Bytes on the wire, at most, as long as names are ASCII. */
  default int size() {
    return switch (this) {
      case Alive r -> 24 + r.name().length() + r.address().length();
      case Suspect r -> 24 + r.name().length() + r.by().length();
      case Dead r -> 24 + r.name().length() + r.by().length();
      case Left r -> 20 + r.name().length();
      case Observed r ->
          32 + r.seen().agent().length() + r.seen().pool().length() + r.seen().endpoint().length();
    };
  }
}
