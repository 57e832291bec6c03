package io.weir.controller;

import static org.awaitility.Awaitility.await;

import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.weir.v1.ApplyResponse;
import io.weir.v1.ListRequest;
import java.time.Duration;

/**
 * A write is acknowledged before the controller's own view of the store has it, and changes are
 * gathered for a while: who connects in between is first sent what was there before.
 */
final class Seen {
  private static final ListRequest AGENTS = ListRequest.newBuilder().setKind("Agent").build();

  private Seen() {}

  /** Returns {@code response} once the controller would send it to whoever connects. */
  static ApplyResponse by(AdminServiceBlockingStub admin, ApplyResponse response) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> admin.list(AGENTS).getRevision() >= response.getRevision());
    return response;
  }
}
