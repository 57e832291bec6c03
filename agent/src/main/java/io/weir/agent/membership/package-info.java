/**
 * Who of the agents is there: SWIM (Das, Gupta, Motivala: "SWIM: Scalable Weakly-consistent
 * Infection-style Process Group Membership Protocol", DSN 2002) with Lifeguard (Dadgar, Phillips,
 * Currey: "Lifeguard: Local Health Awareness for More Accurate Failure Detection", DSN-W 2018), and
 * the spreading of what agents observe. {@link io.weir.agent.membership.Ring} takes time and
 * messages and says what to send and what has changed. Pure: no clock, no I/O; for one thread.
 */
@NullMarked
package io.weir.agent.membership;

import org.jspecify.annotations.NullMarked;
