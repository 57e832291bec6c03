package io.weir.e2e.sim.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A small fleet; {@code weir bench health} has the large one. */
final class DetectionTest {
  private static Scenario small(int deaths) {
    return new Scenario(
        10,
        200,
        Duration.ofSeconds(1),
        Duration.ofMillis(200),
        0.01,
        3,
        2,
        Duration.ofSeconds(60),
        deaths,
        Duration.ofSeconds(20),
        3);
  }

  @Test
  void fewer_probes_find_the_dead_sooner_and_nobody_else() {
    Detection.Comparison both = Detection.compare(small(30));
    // Of ten agents three probe each endpoint.
    assertThat(both.probesRatio()).isLessThan(0.4);
    assertThat(both.detectMeanRatio()).isLessThan(0.35);
    assertThat(both.detectP99Ratio()).isLessThan(0.35);
    assertThat(both.shared().missed()).isZero();
    assertThat(both.shared().falseEjections()).isZero();
    assertThat(both.globalEjections()).isEqualTo(30);
    assertThat(both.falseGlobalEjections()).isZero();
  }

  @Test
  void an_agent_that_reaches_nothing_ejects_for_itself_alone_and_is_named() {
    Detection.CutOff cut = Detection.cutOff(small(0));
    assertThat(cut.globalEjections()).isZero();
    assertThat(cut.ejectedByItself()).isPositive();
    assertThat(cut.named()).containsExactly("a0");
  }
}
