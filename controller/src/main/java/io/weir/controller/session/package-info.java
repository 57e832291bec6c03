/**
 * One agent's delivery as a state machine: level-based, so that whatever was declared meanwhile, an
 * agent is sent only the newest, one message at a time. Pure: states and events in, states and
 * effects out.
 */
@NullMarked
package io.weir.controller.session;

import org.jspecify.annotations.NullMarked;
