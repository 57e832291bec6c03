package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.security.Permissions;
import io.weir.e2e.live.Programs;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every call with every certificate. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class MatrixTest {
  @Test
  void every_call_with_every_certificate_is_allowed_or_refused_and_recorded_as_documented(
      @TempDir Path dir) throws Exception {
    Matrix.Result result = Matrix.run(Documented.read(Programs.locate().home()), dir);
    assertThat(result.wrong()).isEmpty();
    assertThat(result.cases()).isGreaterThan(200);
  }

  @Test
  void the_controllers_table_knows_just_the_calls_that_are_served() {
    assertThat(Permissions.all().keySet())
        .containsExactlyInAnyOrderElementsOf(
            Matrix.methods().stream().map(method -> method.getFullMethodName()).toList());
  }
}
