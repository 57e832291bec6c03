package io.weir.controller.discovery;

import java.util.List;
import java.util.function.Consumer;

/** Asks DNS. */
@FunctionalInterface
public interface Resolver {
  /** For where nothing can be asked. */
  Resolver NONE = (_, _, answer) -> answer.accept(new Answer.Failed("cannot be asked for here"));

  /**
   * Returns at once.
   *
   * @param servers as {@link Rules} has them
   * @param answer called exactly once, on any thread, within half a minute
   */
  void ask(Query query, List<String> servers, Consumer<Answer> answer);
}
