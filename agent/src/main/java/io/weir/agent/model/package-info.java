/**
 * What an agent runs, as immutable values checked when they are made: the agent's own form of the
 * resources that reach it as weir.v1 messages. Pure.
 */
@NullMarked
package io.weir.agent.model;

import org.jspecify.annotations.NullMarked;
