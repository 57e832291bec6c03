/** Whole fleets in virtual time: that nothing is broken, and that what is broken is noticed. */
@NullMarked
package io.weir.e2e.sim.fleet;

import org.jspecify.annotations.NullMarked;
