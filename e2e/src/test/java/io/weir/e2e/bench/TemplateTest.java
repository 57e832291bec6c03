package io.weir.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contenders' configuration. */
final class TemplateTest {
  @Test
  void values_are_filled_in_and_lines_chosen() {
    String text = "listen @listen@;\n@log=on@log to @dir@;\n@log=off@log off;\n";
    Map<String, String> values = Map.of("listen", "80", "dir", "/x$1");
    assertThat(Template.filled(text, values, Set.of("log=on")))
        .isEqualTo("listen 80;\nlog to /x$1;\n");
    assertThat(Template.filled(text, values, Set.of("log=off")))
        .isEqualTo("listen 80;\nlog off;\n");
  }

  @Test
  void a_value_that_is_missing_is_an_error() {
    assertThatThrownBy(() -> Template.filled("listen @listen@;", Map.of(), Set.of()))
        .hasMessageContaining("@listen@");
  }

  static Stream<Software> contenders() {
    return Stream.concat(
        Stream.of(Software.NGINX, Software.NGINX_STREAM, Software.HAPROXY, Software.HAPROXY_TCP),
        Software.OTHERS.stream());
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void every_contender_is_told_where_to_listen_and_its_three_origins(Software software) {
    var assignment =
        new Assignment(
            Path.of("/w"),
            18_000,
            List.of(18_001, 18_002, 18_003),
            new Layout(2, 0, 1),
            new Settings(true, true));
    Map<String, String> values = assignment.values(Path.of("/w"));
    values.put("stream", "");
    String all =
        Stream.concat(
                software.templates().stream()
                    .map(template -> template.filled(values, assignment.tags())),
                software.args().stream().map(arg -> Template.filled(arg, values, Set.of())))
            .collect(Collectors.joining());
    assertThat(all).contains("18000", "18001", "18002", "18003");
  }
}
