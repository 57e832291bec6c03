package io.weir.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

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

  @Test
  void every_contender_s_configuration_can_be_filled_in() {
    var assignment = new Assignment(Path.of("/w"), 1, List.of(2, 3, 4), new Layout(2), true);
    Map<String, String> values = assignment.values(Path.of("/w"));
    values.put("stream", "");
    var all = new java.util.ArrayList<>(Software.OTHERS);
    all.addAll(
        List.of(Software.NGINX, Software.NGINX_STREAM, Software.HAPROXY, Software.HAPROXY_TCP));
    for (Software software : all) {
      for (Template template : software.templates()) {
        assertThat(template.filled(values, assignment.tags())).contains("1", "2", "3", "4");
      }
    }
  }
}
