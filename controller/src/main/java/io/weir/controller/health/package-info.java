/**
 * What the connected agents last reported of each endpoint, as they said it: counts for the status
 * of pools, no verdicts. Soft state, kept in memory only. Pure.
 */
@NullMarked
package io.weir.controller.health;

import org.jspecify.annotations.NullMarked;
