/** Measured values in the one JSON form that every command's {@code --json} writes. */
@NullMarked
package io.weir.e2e.figure;

import org.jspecify.annotations.NullMarked;
