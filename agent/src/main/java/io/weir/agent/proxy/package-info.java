/**
 * The data plane: accept, route, pick, forward, log. Everything else in the agent reaches it
 * through {@link io.weir.agent.proxy.DataPlane}. I/O, on Vert.x event loops.
 */
@NullMarked
package io.weir.agent.proxy;

import org.jspecify.annotations.NullMarked;
