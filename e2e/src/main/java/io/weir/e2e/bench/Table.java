package io.weir.e2e.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Rows of cells under a head, as Markdown that is aligned, so that it reads well as it is, too. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... head) {
    rows.add(List.of(head));
  }

  /** As many cells as the head has; an empty one is a value that is not there. */
  void row(List<String> cells) {
    if (cells.size() != rows.getFirst().size()) {
      throw new IllegalArgumentException(cells + " does not fit below " + rows.getFirst());
    }
    rows.add(List.copyOf(cells));
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      line(text, rows.get(i), ' ');
      if (i == 0) {
        line(text, Collections.nCopies(rows.getFirst().size(), ""), '-');
      }
    }
    return text.toString();
  }

  /** The first column to the left, numbers to the right. */
  private void line(StringBuilder text, List<String> row, char filler) {
    for (int column = 0; column < row.size(); column++) {
      String cell = row.get(column);
      String filling = Character.toString(filler).repeat(width(column) - cell.length());
      boolean rule = filler == '-';
      text.append("| ")
          .append(column == 0 ? cell + filling : rule ? "" : filling + cell)
          .append(rule && column > 0 ? filling.substring(1) + ":" : "")
          .append(' ');
    }
    text.append("|\n");
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
