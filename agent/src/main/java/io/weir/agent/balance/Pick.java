package io.weir.agent.balance;

/** What asking a balancer for an endpoint gives. */
public sealed interface Pick permits Ticket, Pick.NoEndpoint {
  /** None is usable, or all that are have been tried. */
  enum NoEndpoint implements Pick {
    NO_ENDPOINT
  }
}
