package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:80",
        "0.0.0.0:65535",
        "localhost:1",
        "a.b-c.example.com:443",
        "my_service:80",
        "3com.com:80",
        "[::1]:80",
        "[::]:80",
        "[2001:db8::1]:8080",
        "[1:2:3:4:5:6:7:8]:1",
        "[1:2:3:4:5:6:1.2.3.4]:1",
        "[::ffff:1.2.3.4]:1",
        "[fe80::1%eth0]:1",
      })
  void isWrittenAsItWasRead(String address) {
    assertThat(HostPort.parse(address)).hasToString("Optional[" + address + "]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":80",
        "host",
        "host:",
        "host:port",
        "host:-1",
        "host:+1",
        "host:65536",
        "host:000080",
        "1.2.3:80",
        "1.2.3.4.5:80",
        "1.2.3.256:80",
        "1.2.3.04:80",
        "::1:80",
        "[]:80",
        "[::1:80",
        "[::1]80",
        "[1::2::3]:80",
        "[1:2:3:4:5:6:7]:80",
        "[1:2:3:4:5:6:7:8:9]:80",
        "[1:2:3:4:5:6:7::8]:80",
        "[::1.2.3.4:1]:80",
        "[localhost]:80",
        "[12345::]:80",
        "-a:80",
        "a-:80",
        "a..b:80",
        "a b:80",
        "a/b:80",
        "http://a:80",
        "user@a:80",
      })
  void refusesAnythingElse(String address) {
    assertThat(HostPort.parse(address)).isEmpty();
  }

  @Test
  void holdsTheHostWithoutBrackets() {
    assertThat(HostPort.parse("[::1]:80")).contains(new HostPort("::1", 80));
  }
}
