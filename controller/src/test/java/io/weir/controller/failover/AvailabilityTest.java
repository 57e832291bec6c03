package io.weir.controller.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.health.Verdict;
import io.weir.v1.PoolAvailability;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class AvailabilityTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Verdict UP = new Verdict.Healthy();
  private static final Verdict DOWN = new Verdict.Unhealthy();

  private final Instant start = Instant.parse("2026-01-31T23:59:50Z");

  private void at(Availability availability, int second, Verdict a, Verdict b) {
    availability.update(
        "p",
        Map.of("a", a, "b", b),
        a.equals(UP) || b.equals(UP),
        second * SECOND,
        start.plusSeconds(second));
  }

  private PoolAvailability read(Availability availability, int second) {
    return availability.read("p", second * SECOND, start.plusSeconds(second));
  }

  @Test
  void aPoolIsDownWhileNothingOfItServes() {
    Availability availability = new Availability();
    at(availability, 0, new Verdict.Unknown(), new Verdict.Unknown());
    at(availability, 100, UP, UP);
    at(availability, 110, UP, DOWN);
    at(availability, 130, DOWN, DOWN);
    at(availability, 133, UP, DOWN);
    PoolAvailability read = read(availability, 200);
    assertThat(read.getTotal().getObserved().getSeconds()).isEqualTo(100);
    assertThat(read.getTotal().getDown().getSeconds()).isEqualTo(3);
    assertThat(read.getEndpointsList())
        .anyMatch(e -> e.getEndpoint().equals("b") && e.getTotal().getDown().getSeconds() == 90)
        .anyMatch(e -> e.getEndpoint().equals("a") && e.getTotal().getDown().getSeconds() == 3);
    // 28 days of 86,400 s; three of 24.192 s are spent.
    assertThat(read.getTotal().getBudgetLeft().getSeconds()).isEqualTo(21);
  }

  @Test
  void aMonthBeginsWithAWholeBudget() {
    Availability availability = new Availability();
    at(availability, 0, DOWN, DOWN);
    PoolAvailability read = read(availability, 20);
    assertThat(read.getTotal().getDown().getSeconds()).isEqualTo(20);
    assertThat(read.getTotal().getDownThisMonth().getSeconds()).isEqualTo(10);
  }

  @Test
  void itGoesOnWhereAnEarlierControllerLeftOff() {
    Availability availability = new Availability();
    at(availability, 0, UP, DOWN);
    PoolAvailability left = read(availability, 5);
    Availability next = new Availability();
    next.restore(left, 0);
    at(next, 5, UP, DOWN);
    PoolAvailability read = read(next, 7);
    assertThat(read.getTotal().getObserved().getSeconds()).isEqualTo(7);
    assertThat(read.getTotal().getSince()).isEqualTo(left.getTotal().getSince());
  }
}
