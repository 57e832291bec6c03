/**
 * Counts what an agent does, by pool, endpoint and listener: plain fields that one event loop
 * increments, copied and added up when somebody asks. Pure.
 */
@NullMarked
package io.weir.agent.metrics;

import org.jspecify.annotations.NullMarked;
