/**
 * Thousands of agents' streams in one thread, as light as they can be, and a controller process
 * that tells of itself: what the benchmarks of delivery are made of. The streams are real ones, of
 * HTTP/2 over loopback sockets; only what an agent does with its configuration is left out.
 */
@NullMarked
package io.weir.e2e.delivery;

import org.jspecify.annotations.NullMarked;
