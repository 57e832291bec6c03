/** Finding out who is dead, in a small fleet. */
@NullMarked
package io.weir.e2e.sim.health;

import org.jspecify.annotations.NullMarked;
