package io.weir.agent.proxy;

import io.weir.agent.l4.Target;
import io.weir.agent.model.Listener;

/** A listener for TCP or UDP. */
record Layer4Serving(Listener listener, Target target) implements Serving {}
