package io.weir.e2e.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

final class FlagTableTest {
  private static final String REFRESH =
      "./weir build && java -cp 'target/dist/e2e/*' io.weir.e2e.docs.FlagTable";

  @Test
  void the_readme_lists_the_flags_that_there_are() throws IOException {
    String readme = Files.readString(Programs.locate().home().resolve("README.md"));
    assertThat(readme)
        .as("the flags in README.md are out of date; refresh them (on Java 25) with: %s", REFRESH)
        .isEqualTo(FlagTable.refreshed(readme));
  }

  @Test
  void a_row_has_flag_variable_default_and_meaning() {
    assertThat(FlagTable.markdown())
        .contains("| `--cluster NAME` | `WEIR_CLUSTER` | default | ")
        .contains("| `--controller HOST:PORT` | `WEIR_CONTROLLER` | 127.0.0.1:7400 | ")
        .contains("| `--etcd URL` | `WEIR_ETCD` |  | ")
        .contains("| `--access-log FILE\\|-\\|off` | `WEIR_ACCESS_LOG` | off | ");
  }

  @Test
  void every_flag_has_an_environment_variable() {
    assertThat(FlagTable.markdown().lines().filter(line -> line.startsWith("| `--")))
        .isNotEmpty()
        .allMatch(line -> line.contains("| `WEIR_"));
  }
}
