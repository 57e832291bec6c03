package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.AwaitProgress;
import io.weir.v1.AwaitProgress.RejectedBy;
import io.weir.v1.ResourceRef;
import io.weir.v1.Violation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code --wait} and {@code barrier}. */
final class WaitTest {
  private static final String POOL =
      """
      kind: Pool
      name: web
      endpoints:
      - {address: "10.0.0.1:80"}
      """;

  private final Ctl ctl = new Ctl();

  @AfterEach
  void stop() {
    ctl.close();
  }

  private static AwaitProgress.Builder progress(int connected, int current) {
    return AwaitProgress.newBuilder().setRevision(1).setConnected(connected).setCurrent(current);
  }

  private static RejectedBy refusal(String agent) {
    return RejectedBy.newBuilder()
        .setAgent(agent)
        .setRevision(1)
        .addViolations(
            Violation.newBuilder()
                .setResource(ResourceRef.newBuilder().setKind("Listener").setName("web"))
                .setField("bind")
                .setReason("0.0.0.0:80 is in use"))
        .build();
  }

  @Test
  void an_apply_returns_once_the_agents_run_it() {
    ctl.admin.progress(progress(3, 1).build(), progress(3, 3).setReached(true).build());
    Ctl.Outcome outcome = ctl.runWith(POOL, "apply", "-f", "-", "--wait");
    assertThat(outcome.out()).isEqualTo("pool/web created\n3 of 3 agents run revision 1\n");
    assertThat(outcome.status()).isZero();
    assertThat(ctl.admin.awaited().getRevision()).isEqualTo(1);
    assertThat(ctl.admin.awaited().getPercent()).isEqualTo(100);
  }

  @Test
  void a_share_of_them_may_be_enough_and_those_that_are_away_are_told_of() {
    ctl.admin.progress(progress(10, 6).setStale(2).setReached(true).build());
    Ctl.Outcome outcome = ctl.runWith(POOL, "apply", "--wait=50%", "-f", "-");
    assertThat(outcome.out()).endsWith("6 of 10 agents run revision 1\n");
    assertThat(outcome.err()).isEqualTo("2 are not connected; see weir ctl status\n");
    assertThat(ctl.admin.awaited().getPercent()).isEqualTo(50);
  }

  @Test
  void a_refusal_ends_the_wait_as_soon_as_all_others_have_answered() {
    ctl.admin.progress(
        progress(2, 0).setRejected(1).addRefusals(refusal("edge-1")).addPending("edge-2").build(),
        progress(2, 1).setRejected(1).addRefusals(refusal("edge-1")).build());
    Ctl.Outcome outcome = ctl.runWith(POOL, "apply", "-f", "-", "--wait");
    assertThat(outcome.err())
        .isEqualTo(
            """
            agent edge-1 REJECTED revision 1: Listener/web: bind: 0.0.0.0:80 is in use
            error: 1 of 2 agents run revision 1; 1 agent refused it and run on with what they had
            """);
    assertThat(outcome.status()).isEqualTo(1);
  }

  @Test
  void a_wait_that_is_too_long_says_who_has_not_answered() {
    ctl.admin.progress(progress(20, 8).addPending("edge-1").addPending("edge-2").build());
    Ctl.Outcome outcome = ctl.run("barrier", "--wait-timeout", "200ms");
    assertThat(outcome.err())
        .isEqualTo(
            "error: after 200ms 8 of 20 agents run revision 1;"
                + " no answer yet from edge-1, edge-2 and 10 more\n");
    assertThat(outcome.status()).isEqualTo(1);
  }

  @Test
  void a_barrier_takes_a_share_and_a_revision() {
    ctl.admin.progress(progress(0, 0).setReached(true).build());
    assertThat(ctl.run("barrier", "25%", "--revision", "1").out())
        .isEqualTo("there are no agents yet\n");
    assertThat(ctl.admin.awaited().getPercent()).isEqualTo(25);
    assertThat(ctl.admin.awaited().getRevision()).isEqualTo(1);
  }

  @Test
  void a_word_that_stands_apart_is_none_of_the_share() {
    assertThat(ctl.runWith(POOL, "apply", "-f", "-").status()).isZero();
    ctl.admin.progress(progress(1, 1).setReached(true).build());
    assertThat(ctl.run("rollback", "--wait", "1").out()).contains("1 of 1 agent run revision 1");
    assertThat(ctl.run("apply", "-f", "-", "--wait=101%").err())
        .isEqualTo(
            """
            error: Invalid value for option '--wait': expected all or 1% to 100%, not "101%"
            See 'weir ctl apply --help'.
            """);
  }
}
