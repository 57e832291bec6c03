package io.weir.e2e.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.RolloutState;
import io.weir.v1.StagedChange;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Changes that go out step by step to six agents under load: all processes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class RolloutTest {
  private static final Duration BAKE = Duration.ofSeconds(5);

  @SuppressWarnings("NullAway.Init")
  private RolloutSite site;

  @BeforeAll
  void start() {
    site = new RolloutSite(System.out::println);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  @Test
  void a_harmful_change_reaches_one_agent_and_is_taken_back() {
    RolloutSite.Harm harm = site.harm(BAKE, false);
    System.out.println(harm.end().getReason());
    assertThat(harm.end().getState()).isEqualTo(RolloutState.ROLLOUT_STATE_ROLLED_BACK);
    assertThat(harm.exposed()).hasSize(1);
    assertThat(harm.failedOutside()).isZero();
    assertThat(harm.failedInside()).isPositive();
    assertThat(harm.seconds()).isLessThan((BAKE.toMillis() + 2_000) / 1e3);
  }

  @Test
  void a_harmful_change_is_taken_back_when_the_leader_dies_with_it() {
    RolloutSite.Harm harm = site.harm(BAKE, true);
    assertThat(harm.end().getState()).isEqualTo(RolloutState.ROLLOUT_STATE_ROLLED_BACK);
    assertThat(harm.exposed()).hasSize(1);
    assertThat(harm.failedOutside()).isZero();
  }

  @Test
  void a_harmless_change_goes_on_when_the_leader_dies() {
    int before = site.endpoints();
    StagedChange end = site.killedInTheMiddle(Duration.ofSeconds(2));
    assertThat(end.getState()).isEqualTo(RolloutState.ROLLOUT_STATE_COMMITTED);
    assertThat(site.endpoints()).isNotEqualTo(before);
  }

  @Test
  void what_nobody_confirms_is_taken_back_in_time() {
    int before = site.endpoints();
    assertThat(site.unconfirmed(Duration.ofSeconds(10))).isLessThanOrEqualTo(11);
    assertThat(site.endpoints()).isEqualTo(before);
  }
}
