/**
 * Layer 4: TCP connections and UDP flows passed on to the endpoints of one pool. Bytes of TCP are
 * moved by splice(2) where the event loops are epoll's and never enter the process; elsewhere by
 * reading and writing. Everything of one connection or flow is confined to the event loop that
 * accepted it. I/O; knows of its surroundings only what {@link io.weir.agent.l4.HostLoop} offers.
 */
@NullMarked
package io.weir.agent.l4;

import org.jspecify.annotations.NullMarked;
