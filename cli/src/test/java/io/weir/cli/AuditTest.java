package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.weir.v1.AuditRecord;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who wrote what, through whichever controller. */
final class AuditTest {
  private final Ctl one = new Ctl();
  private final Ctl other = new Ctl();

  @BeforeEach
  void two() {
    one.admin.audited(record("one", 10, "ann"), record("one", 30, "bob"));
    other.admin.audited(record("two", 20, "carl"));
    one.admin.cluster(cluster(other.address()));
  }

  private ClusterResponse cluster(String second) {
    return ClusterResponse.newBuilder()
        .setAnsweredBy("one")
        .addControllers(ControllerStatus.newBuilder().setId("one").setAddress(one.address()))
        .addControllers(ControllerStatus.newBuilder().setId("two").setAddress(second))
        .build();
  }

  private static AuditRecord record(String controller, int secondsAgo, String who) {
    return AuditRecord.newBuilder()
        .setController(controller)
        .setTime(Timestamp.newBuilder().setSeconds(Ctl.NOW.getEpochSecond() - secondsAgo))
        .setIdentity("operator/" + who)
        .setPeer("10.0.0.9:5")
        .setCall("weir.v1.AdminService/Apply")
        .setOutcome("OK")
        .build();
  }

  @AfterEach
  void close() {
    one.close();
    other.close();
  }

  @Test
  void is_of_all_controllers_by_time() {
    Ctl.Outcome outcome = one.run("audit");
    assertThat(outcome.out().lines().map(line -> line.replaceAll(" +", " ").strip()))
        .containsExactly(
            "AGE CONTROLLER WHO FROM CALL OUTCOME WHAT",
            "10s " + one.address() + " operator/ann 10.0.0.9:5 Apply OK",
            "20s " + other.address() + " operator/carl 10.0.0.9:5 Apply OK",
            "30s " + one.address() + " operator/bob 10.0.0.9:5 Apply OK");
    assertThat(one.run("audit", "--limit", "2", "-o", "yaml").out())
        .contains("operator/ann", "operator/carl")
        .doesNotContain("operator/bob");
    assertThat(outcome.status()).isZero();
  }

  @Test
  void is_of_one_where_that_is_asked_for() {
    assertThat(one.run("audit", "--here").out())
        .contains("operator/ann", "operator/bob")
        .doesNotContain("operator/carl", "CONTROLLER");
  }

  @Test
  void names_the_controller_that_does_not_answer() {
    String address = other.address();
    other.close();
    Ctl.Outcome outcome = one.run("audit");
    assertThat(outcome.out()).contains("operator/ann", "operator/bob");
    assertThat(outcome.err())
        .startsWith("controller " + address + " is not asked: cannot reach the controller");
    assertThat(outcome.status()).isEqualTo(1);
  }

  @Test
  void goes_to_no_other_host_in_plaintext() {
    one.admin.cluster(cluster("192.0.2.1:7400"));
    assertThat(one.run("audit").err())
        .startsWith("controller 192.0.2.1:7400 is not asked:")
        .contains("plaintext is not safe");
  }
}
