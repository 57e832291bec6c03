package io.weir.e2e.arch.sample;

import io.weir.e2e.arch.sample.agent.balance.Clocked;

/** Neither a process nor e2e. */
public record Outsider(Clocked clocked) {}
