/**
 * The embedded store under {@code kill -9}: a process that writes and says what was acknowledged,
 * somebody who kills it at random moments, and a check of what is there afterwards.
 */
@NullMarked
package io.weir.e2e.crash;

import org.jspecify.annotations.NullMarked;
