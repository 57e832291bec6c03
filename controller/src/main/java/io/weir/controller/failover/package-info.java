/**
 * Where traffic of each pool goes: {@code FailoverPlanner} moves a pool between priorities, {@code
 * Deliberation} turns verdicts and moves into numbered decisions that take effect once they are in
 * the store, {@code Availability} adds up time up and down. Pure.
 */
@NullMarked
package io.weir.controller.failover;

import org.jspecify.annotations.NullMarked;
