/**
 * From what the agents say of the endpoints to one verdict each: who probes what ({@code
 * Observers}), the votes and the rules ({@code VerdictBoard}), who is not believed, when nothing
 * more is ejected, and the counts for the status of pools ({@code ObservationBoard}). Soft state,
 * kept in memory only; what is decided leaves as effects. Pure.
 */
@NullMarked
package io.weir.controller.health;

import org.jspecify.annotations.NullMarked;
