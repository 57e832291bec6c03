/** Breaks the rules on purpose, so that a test sees them found. */
@NullMarked
package io.weir.e2e.arch.sample;

import org.jspecify.annotations.NullMarked;
