/**
 * Many proxies that balance over the same servers, in virtual time. Requests arrive as an open-loop
 * Poisson process, each proxy chooses by what it knows itself, and nothing but the choice differs
 * between contenders: arrivals, work and stalls are the same for all that run with the same seed.
 * One thread, no clock; an event is a few primitives, so that millions of requests take seconds.
 *
 * <p>The same servers also answer over sockets in real time, for real proxies under the same
 * process of requests.
 */
@NullMarked
package io.weir.e2e.sim.balance;

import org.jspecify.annotations.NullMarked;
