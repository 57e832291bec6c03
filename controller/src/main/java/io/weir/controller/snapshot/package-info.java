/**
 * What agents run: the listeners that select them, with the rules of their Routes merged in, and
 * the pools these name. Agents of equal labels are a group, and share one snapshot at the revision
 * at which that last changed for them; groups share whatever is the same, down to its bytes. Beside
 * it the difference between two contents, and between two lists of endpoints. Pure.
 */
@NullMarked
package io.weir.controller.snapshot;

import org.jspecify.annotations.NullMarked;
