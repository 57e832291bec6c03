/**
 * Choosing an endpoint. State (health, counters, the balancer's memory) is kept per endpoint and
 * outlives snapshots, so that a config change resets nothing. Pure: no clock, randomness or I/O of
 * its own.
 */
@NullMarked
package io.weir.agent.balance;

import org.jspecify.annotations.NullMarked;
