package io.weir.controller.reconcile;

import io.weir.controller.provision.Recommendations;
import io.weir.controller.rollout.Member;
import java.time.Duration;
import java.util.Collection;

/**
 * What leading takes of the rest of the loop: its thread, what it knows of the agents, and whom it
 * tells. Called on the loop's thread but where it says otherwise.
 */
interface Leading {
  /** Callable from any thread. */
  void post(Runnable task);

  /** On the loop; callable from it. */
  void later(Duration delay, Runnable task);

  /** The status of these pools has changed. */
  void pools(Collection<String> names);

  /** How these agents stand has changed. */
  void agents(Collection<String> names);

  /** All agents, as rollouts look at them. */
  Collection<Member> members();

  /** How far each agent has come. */
  Collection<Progress.Standing> standings();

  /** What is known of these scalers has changed. */
  void scalers(Collection<String> names);

  /** What a scaler recommends now. */
  void recommended(Recommendations.View view);

  /** Why no agent is to have a staged change yet; empty: nothing is in its way. */
  String hindrance(long change);

  /** How far a rollout is has changed. */
  void rollouts();

  /** Whether this controller may act in {@code term}. */
  boolean holds(long term);

  /** Another controller has taken the term after this one, or may have. */
  void superseded(long term);

  /** What earlier controllers decided is in force again. */
  void begun();
}
