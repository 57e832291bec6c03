/**
 * What one agent runs: the listeners that select it, with the rules of their Routes merged in, and
 * the pools these name; at the revision at which that last changed for this agent; and the delta
 * between two such snapshots. Pure.
 */
@NullMarked
package io.weir.controller.snapshot;

import org.jspecify.annotations.NullMarked;
