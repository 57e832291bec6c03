package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.weir.v1.Decision;
import io.weir.v1.ExplainResponse;
import io.weir.v1.InstanceState;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import io.weir.v1.ScaleDecided;
import io.weir.v1.ScaleInputs;
import io.weir.v1.ScaledInstance;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerSpec;
import io.weir.v1.ScalerStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ScalersTest {
  private static final String SCALER =
      """
      kind: Pool
      name: web
      endpoints:
      - {address: "10.0.0.1:80"}
      ---
      kind: Scaler
      name: web
      pool: web
      min: 0
      max: 20
      targets: {in_flight: 8, learned: {utilization: 0.6}}
      in: {stabilization: 5m, policies: [{percent: 10, period: 1m}], select: least}
      startup: 20s
      schedule:
      - {start: "0 8 * * mon-fri", duration: 10h, zone: Europe/Berlin, min: 5}
      hook:
        process:
          command: [origin, "{port}"]
          first_port: 9000
          ports: 16
      mode: act
      """;
  private static final ScaledInstance GOING =
      ScaledInstance.newBuilder()
          .setId("i-1")
          .setAddress("10.0.0.9:80")
          .setState(InstanceState.INSTANCE_STATE_DRAINING)
          .setSince(at(10))
          .setDecision(7)
          .setReason("3 under way when it was chosen; 2 under way")
          .setZone("eu-1")
          .build();

  private final Ctl ctl = new Ctl();

  private static Timestamp at(long secondsAgo) {
    return Timestamp.newBuilder().setSeconds(Ctl.NOW.getEpochSecond() - secondsAgo).build();
  }

  @BeforeEach
  void start() {
    assertThat(ctl.runWith(SCALER, "apply", "-f", "-").err()).isEmpty();
  }

  @AfterEach
  void stop() {
    ctl.close();
  }

  @Test
  void what_is_wanted_is_printed_as_it_was_written() {
    assertThat(ctl.run("get", "scaler", "web", "-o", "yaml").out())
        .contains("pool: web")
        .contains("min: 0")
        .contains("select: least")
        .contains("mode: act")
        .contains("start: \"0 8 * * mon-fri\"")
        .contains("first_port: 9000, ports: 16");
    assertThat(ctl.run("get", "scalers").out())
        .containsPattern("NAME +POOL +CURRENT +DESIRED +MIN +MAX +MODE +AGE +WHY")
        .containsPattern("web +web +0 +- +0 +20 +act");
    assertThat(ctl.run("describe", "scaler", "web").out())
        .contains("8 under way each, 60 % of what is learned")
        .contains("process origin {port}");
    assertThat(ctl.runWith(SCALER.replace("mode: act", "mode: go"), "apply", "-f", "-").err())
        .contains("mode: expected one of off, recommend, act");
  }

  @Test
  void an_explanation_says_how_many_there_are_and_why() {
    ScaleDecided drained =
        ScaleDecided.newBuilder()
            .setScaler("web")
            .setPool("web")
            .setFrom(5)
            .setTo(4)
            .addVictims(GOING)
            .build();
    ctl.admin.explained(
        ExplainResponse.newBuilder()
            .setScaler(
                Resource.newBuilder()
                    .setMetadata(Metadata.newBuilder().setName("web"))
                    .setScaler(
                        Scaler.newBuilder()
                            .setSpec(ScalerSpec.newBuilder().setPool("web").setMax(20))
                            .setStatus(
                                ScalerStatus.newBuilder()
                                    .setCurrent(5)
                                    .setDesired(4)
                                    .setEnding(1)
                                    .setDecision(7)
                                    .setReason("30 are under way")
                                    .setRecommended(4)
                                    .setRecommendation("30 are under way")
                                    .setFrozen("2 of 3 agents have not reported")
                                    .setInputs(ScaleInputs.newBuilder().setInFlight(30))
                                    .addInstances(GOING))))
            .addDecisions(
                Decision.newBuilder()
                    .setNumber(7)
                    .setTime(at(10))
                    .setReason("30 are under way")
                    .setScale(drained))
            .build());
    assertThat(ctl.run("explain", "scaler", "web").out())
        .contains("Scaler web of pool web: 5 -> 4.")
        .contains("4 by decision 7: 30 are under way")
        .contains("2 of 3 agents have not reported")
        .contains("30 under way, 0 wait")
        .containsPattern("i-1 +10\\.0\\.0\\.9:80 +eu-1 +draining +10s +7 +3 under way")
        .containsPattern("7 +10s +scaler/web +5 -> 4 +- +30 are under way");
    assertThat(ctl.run("explain", "scaler", "web", "x").err()).contains("write explain pool POOL");
  }
}
