package io.weir.agent.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestPathTest {
  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/a/b?x=/../y, /a/b",
    "/a?, /a",
    "*, /",
    "//a///b, /a/b",
    "/a/./b, /a/b",
    "/a/../b, /b",
    "/a/b/.., /a/",
    "/a/b/., /a/b/",
    "/a/, /a/",
    "/%2e%2E/x?, ''",
    "/a/%2e%2e/b, /b",
    "/a/%2E/b, /a/b",
    "/a%2fb, /a%2Fb",
    "/a%2f..%2fb, /a%2F..%2Fb",
    "/%61dmin, /admin",
    "/.well-known/x, /.well-known/x",
    "/..a/x, /..a/x",
    "/a/..., /a/...",
    "/a//../b, /b",
  })
  void aPathIsNormalisedForMatching(String target, String path) {
    if (path.isEmpty()) {
      assertThat(RequestPath.normalise(target)).isEmpty();
    } else {
      assertThat(RequestPath.normalise(target)).contains(path);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "?x",
        "/..",
        "/../x",
        "/a/../../x",
        "/%2e%2e/x",
        "//..",
        "/a%00b",
        "/%",
        "/%2",
        "/%zz",
        "/a#b",
        "/a b",
        "/a\tb",
        "/a\\..\\b",
        "/\u007f",
        "/a%2",
        "http:/x"
      })
  void whatLeavesTheRootOrIsBrokenIsRefused(String target) {
    assertThat(RequestPath.normalise(target)).isEmpty();
  }
}
