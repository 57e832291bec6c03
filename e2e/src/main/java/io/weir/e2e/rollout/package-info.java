/** Agents under load to which changes go out step by step. */
@NullMarked
package io.weir.e2e.rollout;

import org.jspecify.annotations.NullMarked;
