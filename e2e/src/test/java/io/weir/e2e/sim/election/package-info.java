@NullMarked
package io.weir.e2e.sim.election;

import org.jspecify.annotations.NullMarked;
