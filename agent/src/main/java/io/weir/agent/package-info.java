/**
 * The agent process: {@link io.weir.agent.AgentMain} turns the command line into an {@link
 * io.weir.agent.AgentConfig}, {@link io.weir.agent.AgentProcess} puts the parts together, starts
 * them and stops them. Nothing here decides anything.
 */
@NullMarked
package io.weir.agent;

import org.jspecify.annotations.NullMarked;
