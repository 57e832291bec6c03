package io.weir.agent.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostNameTest {
  @ParameterizedTest
  @CsvSource({
    "example.com, example.com",
    "EXAMPLE.com:8080, example.com",
    "example.com., example.com",
    "example.com.:80, example.com",
    "example.com:, example.com",
    "10.0.0.1:65535, 10.0.0.1",
    "[2001:DB8::1]:8080, [2001:db8::1]",
    "[::1], [::1]",
    "a_b-c.test, a_b-c.test",
  })
  void theHostOfAnAuthorityIsLowerCaseWithoutPortAndTrailingDot(String authority, String host) {
    assertThat(HostName.of(authority)).contains(host);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        ":80",
        "a b",
        "a/b",
        "user@host",
        "host:8x",
        "host:123456",
        "[::1",
        "[]",
        "[::1]x",
        "[::1]:x",
        "::1",
        "a,b",
        "a%2eb",
        "a#b",
        "a?b",
        "a\\b",
        "\u0000",
        "h\u00f6st"
      })
  void whatIsNoHostIsRefused(String authority) {
    assertThat(HostName.of(authority)).isEmpty();
  }
}
