/** The simulated servers against queueing theory, and the contenders against their definitions. */
@NullMarked
package io.weir.e2e.sim.balance;

import org.jspecify.annotations.NullMarked;
