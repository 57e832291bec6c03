package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.cli.pki.Role;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Ports;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Certificates are replaced while everything works. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class RotationTest {
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
  void an_authority_is_replaced_and_agents_that_reconnect_are_of_the_new_one() throws IOException {
    try (Fleet fleet = Fleet.create(Programs.locate())) {
      Papers papers = new Papers(fleet.dir().resolve("pki"), "default");
      String listen = "127.0.0.1:" + Ports.free();
      List<String> options = new ArrayList<>(papers.options(papers.issue(Role.CONTROLLER, "c1")));
      options.addAll(List.of("--data-dir", fleet.dir().resolve("controller").toString()));
      Child controller = fleet.startController("controller", listen, options);
      Fleet.awaitController(controller);
      Child agent =
          fleet.agent(
              "a1", listen, papers.options(papers.issue(Role.AGENT, "a1")).toArray(String[]::new));
      Fleet.awaitReady(agent);

      papers.succeed();
      awaitLine(controller, "trusting other authorities", 1);
      awaitLine(agent, "trusting other authorities", 1);
      papers.issue(Role.CONTROLLER, "c1");
      papers.issue(Role.AGENT, "a1");
      awaitLine(controller, "showing another certificate", 1);
      awaitLine(agent, "showing another certificate", 1);
      papers.retire();
      awaitLine(controller, "trusting other authorities", 2);
      awaitLine(agent, "trusting other authorities", 2);
      assertThat(agent.err()).containsOnlyOnce("connected to the controller");

      controller.kill();
      Fleet.awaitController(fleet.startController("controller", listen, options));
      Await.until(
          "the agent to be back",
          Duration.ofSeconds(60),
          () -> agent.err().split("connected to the controller", -1).length == 3);
    }
  }

  private static void awaitLine(Child process, String line, int times) {
    Await.until(line, Duration.ofSeconds(30), () -> process.err().split(line, -1).length > times);
  }
}
