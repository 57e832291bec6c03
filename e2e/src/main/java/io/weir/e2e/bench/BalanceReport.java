package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * Where results on balancing go besides the terminal.
 *
 * @param name of the part of docs/balancing.md
 */
record BalanceReport(String name, String command) {
  /**
   * @param contenders other programs, with their versions
   */
  void page(Path page, List<String> contenders, String measured) throws IOException {
    String text =
        """
        Made on %s with

        ```
        %s
        ```

        on %s.%s
        %s
        """
            .formatted(
                LocalDate.now(ZoneId.systemDefault()),
                command,
                Machine.here(),
                contenders.isEmpty() ? "" : " Contenders: " + String.join(", ", contenders) + ".",
                measured.stripTrailing());
    Files.writeString(page, new Page(name).replaced(Files.readString(page), text));
  }

  /** Returns the exit status. */
  int json(Optional<Path> file, List<Figure> figures) throws IOException {
    if (file.isPresent()) {
      Files.writeString(file.get(), Figure.json(figures));
    }
    return figures.isEmpty() ? 1 : 0;
  }
}
