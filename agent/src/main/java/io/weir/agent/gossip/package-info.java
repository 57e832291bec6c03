/**
 * The ring of agents on the network: {@link io.weir.agent.membership.Ring} over UDP, and TCP for
 * what is large, every packet sealed with a key of the cluster and taken once. One thread of its
 * own; never an event loop that carries traffic.
 */
@NullMarked
package io.weir.agent.gossip;

import org.jspecify.annotations.NullMarked;
