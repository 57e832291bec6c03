/**
 * Changes that go out step by step: who is in a cohort, what a change is laid over, which evidence
 * takes it back, and the one way from a state to the next. Pure: time and what is known of agents
 * come in as arguments.
 */
@NullMarked
package io.weir.controller.rollout;

import org.jspecify.annotations.NullMarked;
