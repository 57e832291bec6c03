package io.weir.cli.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SizesTest {
  @ParameterizedTest
  @CsvSource({
    "32KiB, 32768, 32KiB",
    "32768B, 32768, 32KiB",
    "1000B, 1000, 1000B",
    "1024KiB, 1048576, 1MiB",
    "1025KiB, 1049600, 1025KiB",
    "3GiB, 3221225472, 3GiB",
    "2048GiB, 2199023255552, 2048GiB",
    "9223372036854775807B, 9223372036854775807, 9223372036854775807B",
    "0KiB, 0, 0B",
  })
  void a_size_is_read_and_written_in_its_largest_unit(String text, long bytes, String written) {
    assertThat(Sizes.parse(text)).contains(bytes);
    assertThat(Sizes.format(bytes)).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "KiB",
        "-1KiB",
        "1 KiB",
        "1KB",
        "1k",
        "1kib",
        "1.5MiB",
        "1KiB ",
        "9223372036854775808B",
        "9999999999999999999GiB",
        "99999999999999999999B"
      })
  void anything_else_is_refused(String text) {
    assertThat(Sizes.parse(text)).isEmpty();
  }
}
