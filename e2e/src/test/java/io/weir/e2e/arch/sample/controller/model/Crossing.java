package io.weir.e2e.arch.sample.controller.model;

import io.weir.e2e.arch.sample.agent.balance.Clocked;

/** A controller that knows an agent's class. */
public record Crossing(Clocked other) {}
