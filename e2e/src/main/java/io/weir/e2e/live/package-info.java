/**
 * Real processes for the demo and the live tests: starts controller, agents, origins and {@code
 * weir ctl} on free loopback ports, waits for what they announce, and leaves none of them behind.
 */
@NullMarked
package io.weir.e2e.live;

import org.jspecify.annotations.NullMarked;
