package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * Where the results go: always to the terminal, and to the two files if they are asked for.
 *
 * @param json for the figures
 * @param page docs/benchmarks.md
 */
record Report(String name, String command, Optional<Path> json, Optional<Path> page) {
  /** The exit status. */
  int write(Results results, Measure measure, List<Figure> figures, PrintStream out)
      throws IOException {
    String table = new ResultTable(results, measure).toString();
    out.println(table);
    out.flush();
    if (json.isPresent()) {
      Files.writeString(json.get(), Figure.json(figures));
    }
    if (page.isPresent()) {
      String measured =
          Page.measured(
              LocalDate.now(ZoneId.systemDefault()),
              command,
              Machine.here(),
              results.contenders(),
              table);
      String old = Files.readString(page.get());
      Files.writeString(page.get(), new Page(name).replaced(old, measured));
    }
    return figures.isEmpty() ? 1 : 0;
  }
}
