package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.weir.cli.pki.Role;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Ports;
import io.weir.e2e.live.Programs;
import io.weir.e2e.security.Papers.Pair;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AgentStatus;
import io.weir.v1.ListRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Certificates are replaced while everything works. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class RotationTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final ListRequest AGENTS = ListRequest.newBuilder().setKind("Agent").build();

  @Test
  void certificates_replaced_ten_times_under_load_cost_no_request_no_call_and_no_stream()
      throws IOException {
    try (Fleet fleet = Fleet.create(Programs.locate())) {
      Rotation.Result result = Rotation.run(fleet, 10);
      assertThat(result.failed()).as(result.toString()).isZero();
      assertThat(result.requests()).isGreaterThan(1_000);
    }
  }

  @Test
  void an_authority_is_replaced_and_an_agent_that_reconnects_is_of_the_new_one() {
    try (Fleet fleet = Fleet.create(Programs.locate())) {
      Papers papers = new Papers(fleet.dir().resolve("pki"), "default");
      int port = Ports.free();
      List<String> options = new ArrayList<>(papers.options(papers.issue(Role.CONTROLLER, "c1")));
      options.addAll(List.of("--data-dir", fleet.dir().resolve("controller").toString()));
      Child controller = fleet.startController("controller", "127.0.0.1:" + port, options);
      Fleet.awaitController(controller);
      Pair agent = papers.issue(Role.AGENT, "a1");
      fleet.agent("a1", "127.0.0.1:" + port, papers.options(agent).toArray(String[]::new));
      Pair old = papers.issue(Role.VIEWER, "old");
      Await.until(
          "the agent to be connected", SOON, () -> connected(papers, port, old).isPresent());
      Timestamp since = connected(papers, port, old).orElseThrow();

      papers.succeed();
      Pair fresh = papers.issue(Role.VIEWER, "fresh");
      Await.until(
          "the new authority to be trusted",
          SOON,
          () -> connected(papers, port, fresh).isPresent());
      papers.issue(Role.CONTROLLER, "c1");
      papers.issue(Role.AGENT, "a1");
      papers.retire();
      Await.until(
          "the old authority to be gone, and the new certificate there",
          SOON,
          () ->
              connected(papers, port, old).isEmpty() && connected(papers, port, fresh).isPresent());
      assertThat(connected(papers, port, fresh)).contains(since);

      controller.kill();
      Fleet.awaitController(fleet.startController("controller", "127.0.0.1:" + port, options));
      Await.until(
          "the agent to be back",
          SOON,
          () -> connected(papers, port, fresh).filter(now -> !now.equals(since)).isPresent());
    }
  }

  /**
   * Since when the agent is, as somebody with these papers is told; empty: it is not, or no answer.
   */
  private static Optional<Timestamp> connected(Papers papers, int port, Pair viewer) {
    ManagedChannel channel = papers.channel("127.0.0.1", port, Optional.of(viewer)).build();
    try {
      return AdminServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .list(AGENTS)
          .getResourcesList()
          .stream()
          .map(agent -> agent.getAgent().getStatus())
          .filter(status -> status.getState() == AgentStatus.State.STATE_SYNCED)
          .map(AgentStatus::getSince)
          .findFirst();
    } catch (StatusRuntimeException e) {
      return Optional.empty();
    } finally {
      channel.shutdownNow();
    }
  }
}
