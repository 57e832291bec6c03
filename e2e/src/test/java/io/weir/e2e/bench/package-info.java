/** The parts of the benchmark that can be wrong without anyone noticing. */
@NullMarked
package io.weir.e2e.bench;

import org.jspecify.annotations.NullMarked;
