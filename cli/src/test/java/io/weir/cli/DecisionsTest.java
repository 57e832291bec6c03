package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.weir.v1.AgentStatus;
import io.weir.v1.Decision;
import io.weir.v1.EndpointAvailability;
import io.weir.v1.EndpointExplanation;
import io.weir.v1.EndpointJudged;
import io.weir.v1.EndpointStatus;
import io.weir.v1.ExplainResponse;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolAvailability;
import io.weir.v1.PoolMoved;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import io.weir.v1.Uptime;
import io.weir.v1.Verdict;
import io.weir.v1.Vote;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the controller decided, and what an operator decides instead. */
final class DecisionsTest {
  private static final String POOL =
      """
      kind: Pool
      name: web
      endpoints:
      - {address: "10.0.0.1:80"}
      - {address: "10.0.0.2:80", priority: 1}
      priorities: {failback: manual}
      health: {tcp: {}}
      """;
  private static final Decision JUDGED =
      Decision.newBuilder()
          .setNumber(7)
          .setTime(at(60))
          .setReason("none of the 3 agents that probed it reaches it, in 7 probes: refused")
          .setEndpoint(
              EndpointJudged.newBuilder()
                  .setPool("web")
                  .setEndpoint("10.0.0.1:80")
                  .setBefore(Verdict.VERDICT_HEALTHY)
                  .setVerdict(Verdict.VERDICT_UNHEALTHY))
          .build();
  private static final Decision MOVED =
      Decision.newBuilder()
          .setNumber(8)
          .setTime(at(60))
          .setCause(7)
          .setReason("none of the 1 endpoint below priority 1 can serve")
          .setPool(PoolMoved.newBuilder().setPool("web").setTo(1))
          .build();

  private Ctl ctl = new Ctl();

  private static Timestamp at(long secondsAgo) {
    return Timestamp.newBuilder().setSeconds(Ctl.NOW.getEpochSecond() - secondsAgo).build();
  }

  @BeforeEach
  void start() {
    assertThat(ctl.runWith(POOL, "apply", "-f", "-").err()).isEmpty();
  }

  @AfterEach
  void stop() {
    ctl.close();
  }

  @Test
  void an_endpoint_is_put_in_maintenance_and_taken_out() {
    assertThat(ctl.run("maintenance", "web", "10.0.0.1:80").out())
        .isEqualTo("pool/web configured: 10.0.0.1:80 in maintenance\n");
    assertThat(ctl.run("get", "pool", "web", "-o", "yaml").out()).contains("maintenance: true");
    assertThat(ctl.run("maintenance", "web", "10.0.0.1:80", "--off").out())
        .isEqualTo("pool/web configured: 10.0.0.1:80 out of maintenance\n");
  }

  @Test
  void an_endpoint_is_forced_and_left_to_its_probes_again() {
    assertThat(ctl.run("force", "web", "10.0.0.1:80", "unhealthy").out())
        .isEqualTo("pool/web configured: 10.0.0.1:80 forced unhealthy\n");
    assertThat(ctl.run("get", "pool", "web", "-o", "yaml").out()).contains("force: unhealthy");
    assertThat(ctl.run("force", "web", "10.0.0.1:80", "auto").out())
        .isEqualTo("pool/web configured: 10.0.0.1:80 by its probes\n");
    assertThat(ctl.run("force", "web", "10.0.0.1:80", "maybe").err())
        .isEqualTo("error: expected healthy, unhealthy, auto, not \"maybe\"\n");
  }

  @Test
  void a_pool_is_moved_and_goes_back() {
    assertThat(ctl.run("failover", "web", "1").out())
        .isEqualTo("pool/web configured: kept at priority 1\n");
    assertThat(ctl.run("failover", "web", "--back").out())
        .isEqualTo(
            """
            pool/web unchanged: about to go back
            pool/web configured: failover by itself
            """);
    assertThat(ctl.run("get", "pool", "web", "-o", "yaml").out())
        .contains("failback: manual")
        .doesNotContain("force");
    assertThat(ctl.run("failover", "web").err())
        .isEqualTo("error: name a priority to go to, or --back\n");
  }

  @Test
  void decisions_are_listed_with_what_they_follow_from() {
    ctl.admin.decided(JUDGED, MOVED);
    assertThat(ctl.run("events").out())
        .isEqualTo(
            """
            DECISION   AGE   SUBJECT           WHAT                   CAUSE   REASON
            7          60s   web 10.0.0.1:80   healthy -> unhealthy   -       none of the 3 agents that probed it reaches it, in 7 probes: refused
            8          60s   web               priority 0 -> 1        7       none of the 1 endpoint below priority 1 can serve
            """);
    assertThat(ctl.run("events", "-w", "web").out())
        .contains("2026-03-01T11:59:00Z")
        .contains("priority 0 -> 1");
    assertThat(ctl.run("events", "-o", "yaml").out())
        .contains("number: 7")
        .contains("verdict: unhealthy")
        .contains("---\n");
  }

  @Test
  void an_explanation_says_why_and_who_said_so() {
    ctl.admin.explained(
        ExplainResponse.newBuilder()
            .setPool(
                Resource.newBuilder()
                    .setMetadata(Metadata.newBuilder().setName("web"))
                    .setPool(
                        Pool.newBuilder()
                            .setStatus(
                                PoolStatus.newBuilder()
                                    .addEndpoints(
                                        EndpointStatus.newBuilder()
                                            .setAddress("10.0.0.1:80")
                                            .setDecision(7)
                                            .setVerdictReason(JUDGED.getReason()))
                                    .setFloor(1)
                                    .setFloorDecision(8)
                                    .setFloorReason(MOVED.getReason()))))
            .addEndpoints(
                EndpointExplanation.newBuilder()
                    .setAddress("10.0.0.1:80")
                    .setSentence("takes no new requests: the fleet holds it to be down")
                    .setVerdict(Verdict.VERDICT_UNHEALTHY)
                    .addObservers("a")
                    .addObservers("b")
                    .addVotes(
                        Vote.newBuilder()
                            .setAgent("a")
                            .setZone("z1")
                            .setFailures(3)
                            .setReason("refused")
                            .setAge(Duration.newBuilder().setNanos(200_000_000)))
                    .addVotes(
                        Vote.newBuilder()
                            .setAgent("b")
                            .setReached(true)
                            .setSuccesses(9)
                            .setDropped("it is not connected"))
                    .addDecisions(JUDGED))
            .addDecisions(MOVED)
            .build());
    assertThat(ctl.run("explain", "endpoint", "web", "10.0.0.1:80").out())
        .isEqualTo(
            """
            10.0.0.1:80 of pool web takes no new requests: the fleet holds it to be down.
            Verdict:    unhealthy by decision 7: none of the 3 agents that probed it reaches it, in 7 probes: refused
            Probed by:  a, b

            What agents say:
              AGENT   ZONE   LAST-PROBE   IN-A-ROW   AGE    SAYS
              a       z1     failed       3          0.2s   refused
              b       -      passed       9          0.0s   reaches it (not counted: it is not connected)

            Decisions, newest first:
              DECISION   AGE   SUBJECT           WHAT                   CAUSE   REASON
              7          60s   web 10.0.0.1:80   healthy -> unhealthy   -       none of the 3 agents that probed it reaches it, in 7 probes: refused
            """);
    assertThat(ctl.run("explain", "pool", "web").out())
        .startsWith(
            "Pool web is at priority 1 since decision 8: none of the 1 endpoint below priority 1"
                + " can serve.\n")
        .contains("10.0.0.1:80   unhealthy   takes no new requests");
    assertThat(ctl.run("explain", "pool", "web", "-o", "json").out())
        .contains("\"verdict\": \"unhealthy\"");
    assertThat(ctl.run("explain", "pool", "x").err()).isEqualTo("error: pool \"x\" not found\n");
    assertThat(ctl.run("explain", "web", "x").err())
        .isEqualTo(
            "error: write explain pool POOL, explain endpoint POOL ENDPOINT or explain scaler"
                + " SCALER\n");
  }

  @Test
  void availability_says_what_is_left_of_the_month() {
    Uptime uptime =
        Uptime.newBuilder()
            .setObserved(Duration.newBuilder().setSeconds(100_000))
            .setDown(Duration.newBuilder().setSeconds(1))
            .setDownThisMonth(Duration.newBuilder().setSeconds(1))
            .setBudgetLeft(Duration.newBuilder().setSeconds(25).setNanos(300_000_000))
            .build();
    ctl.admin.available(
        PoolAvailability.newBuilder()
            .setPool("web")
            .setTotal(uptime)
            .addEndpoints(
                EndpointAvailability.newBuilder().setEndpoint("10.0.0.1:80").setTotal(uptime))
            .build());
    assertThat(ctl.run("availability").out())
        .isEqualTo(
            """
            NAME       AVAILABLE   OBSERVED   DOWN   THIS-MONTH   LEFT-OF-99.999%
            pool/web   99.9990%    27h        1.0s   1.0s         25.3s
            """);
    assertThat(ctl.run("availability", "web").out()).contains("10.0.0.1:80   99.9990%");
  }

  @Test
  void verdicts_and_reachability_are_shown_with_what_there_is() {
    ctl.admin.status(
        "web",
        EndpointStatus.newBuilder()
            .setAddress("10.0.0.1:80")
            .setHealthy(1)
            .setVerdict(Verdict.VERDICT_UNHEALTHY)
            .setDecision(7)
            .setVerdictReason("none reaches it")
            .build());
    ctl.admin.agent(
        "edge-1",
        Map.of(),
        AgentStatus.newBuilder()
            .setState(AgentStatus.State.STATE_STALE)
            .setReachability(AgentStatus.Reachability.REACHABILITY_CUT_OFF)
            .setAliveTo(3)
            .build());
    assertThat(ctl.run("describe", "pool", "web").out())
        .contains("10.0.0.1:80: unhealthy by decision 7: none reaches it");
    assertThat(ctl.run("get", "pools").out()).contains("0/2");
    assertThat(ctl.run("get", "agents").out()).contains("STALE, alive to 3");
    assertThat(ctl.run("describe", "agent", "edge-1").out())
        .contains("cut off from the controller, alive to 3 agents");
  }
}
