package io.weir.e2e.bench;

import java.time.LocalDate;
import java.util.Map;

/** The part of docs/benchmarks.md that one benchmark writes, between two lines that mark it. */
record Page(String name) {
  String begin() {
    return "<!-- " + name + ":begin -->";
  }

  String end() {
    return "<!-- " + name + ":end -->";
  }

  /**
   * @throws IllegalArgumentException when the page lacks the two marker lines
   */
  String replaced(String page, String measured) {
    int begin = page.indexOf(begin() + "\n");
    int end = page.indexOf(end());
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "the page needs a line " + begin() + " and a line " + end());
    }
    return page.substring(0, begin + begin().length()) + "\n" + measured + page.substring(end);
  }

  /**
   * @param contenders name and version by name
   */
  static String measured(
      LocalDate day,
      String command,
      Machine machine,
      Map<String, String> contenders,
      String table) {
    return """
    Measured on %s with

    ```
    %s
    ```

    on %s. Contenders: %s.
    %s
    """
        .formatted(
            day, command, machine, String.join(", ", contenders.values()), table.stripTrailing());
  }
}
