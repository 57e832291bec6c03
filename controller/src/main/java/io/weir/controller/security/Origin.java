package io.weir.controller.security;

import io.grpc.Context;

/**
 * Where a call comes from.
 *
 * @param peer "address:port"; empty: from this process itself
 */
public record Origin(Caller caller, String peer) {
  static final Context.Key<Origin> CONTEXT = Context.key("weir-origin");

  /** Of the call that the current thread handles. */
  public static Origin current() {
    Origin origin = CONTEXT.get();
    return origin == null ? new Origin(new Caller.Unknown(), "") : origin;
  }
}
