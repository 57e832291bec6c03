package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Programs;
import java.io.IOException;
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
}
