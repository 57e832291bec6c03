/**
 * The agents' streams: says hello, then carries messages between each agent and the control loop,
 * with one writer per stream and bounded memory whatever an agent does.
 */
@NullMarked
package io.weir.controller.stream;

import org.jspecify.annotations.NullMarked;
