package io.weir.controller.admin;

import io.weir.v1.Violation;
import java.util.List;
import java.util.function.Function;

/** What a call amounts to. */
sealed interface Answer<T> {
  record Done<T>(T value) implements Answer<T> {}

  record Refused<T>(Refusal refusal) implements Answer<T> {}

  static <T> Answer<T> done(T value) {
    return new Done<>(value);
  }

  static <T> Answer<T> refused(Refusal refusal) {
    return new Refused<>(refusal);
  }

  default <R> Answer<R> then(Function<T, Answer<R>> next) {
    return switch (this) {
      case Done<T> done -> next.apply(done.value());
      case Refused<T> refused -> new Refused<>(refused.refusal());
    };
  }

  /** Why not; sentences begin in lower case and end without a full stop. */
  sealed interface Refusal {
    /** What was sent is wrong. */
    record Invalid(List<Violation> violations) implements Refusal {}

    /** What was sent is fine but would break something that is there. */
    record Breaking(List<Violation> violations) implements Refusal {}

    /** The request itself makes no sense. */
    record Malformed(String sentence) implements Refusal {}

    record Premature(String sentence) implements Refusal {}

    record Stale(String sentence) implements Refusal {}

    record Missing(String sentence) implements Refusal {}

    record OutOfHistory(String sentence) implements Refusal {}

    record TooLarge(String sentence) implements Refusal {}

    /** It takes a controller that leads, and there is none now. */
    record Leaderless() implements Refusal {}
  }
}
