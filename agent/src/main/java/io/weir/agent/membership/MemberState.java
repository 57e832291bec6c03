package io.weir.agent.membership;

/**
 * What a member is held to be. Of two claims the one with the higher incarnation holds, and of the
 * same incarnation dead or left beats suspect, and that alive. Only the member itself raises its
 * incarnation.
 */
public sealed interface MemberState {
  long incarnation();

  record Alive(long incarnation) implements MemberState {}

  /**
   * @param calls how often it was called directly, to be sure, since the suspicion ran out
   * @param callEnds when the last such call has failed, ns; 0 before the first
   */
  record Suspect(long incarnation, Suspicion suspicion, int calls, long callEnds)
      implements MemberState {
    Suspect(long incarnation, Suspicion suspicion) {
      this(incarnation, suspicion, 0, 0);
    }

    long due() {
      return calls == 0 ? suspicion.ends() : callEnds;
    }

    Suspect with(Suspicion other) {
      return new Suspect(incarnation, other, calls, callEnds);
    }

    Suspect called(long ends) {
      return new Suspect(incarnation, suspicion, calls + 1, ends);
    }

    Suspect later(long nanos) {
      return new Suspect(
          incarnation, suspicion.later(nanos), calls, calls == 0 ? 0 : callEnds + nanos);
    }
  }

  record Dead(long incarnation) implements MemberState {}

  /** It said so itself. */
  record Left(long incarnation) implements MemberState {}

  /** Alive or suspect. */
  default boolean present() {
    return switch (this) {
      case Alive _, Suspect _ -> true;
      case Dead _, Left _ -> false;
    };
  }
}
