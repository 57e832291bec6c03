/**
 * The shape of the code: who may import whom, what pure packages may not know, and names to avoid.
 */
@NullMarked
package io.weir.e2e.arch;

import org.jspecify.annotations.NullMarked;
