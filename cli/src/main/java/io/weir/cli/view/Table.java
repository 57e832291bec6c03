package io.weir.cli.view;

import java.util.ArrayList;
import java.util.List;

/** Rows under upper-case headers, columns aligned to the left and three blanks apart. */
public final class Table {
  private static final String GAP = "   ";

  private final List<String> headers;
  private final List<List<String>> rows = new ArrayList<>();
  private int[] widths;

  public Table(List<String> headers) {
    this.headers = List.copyOf(headers);
    this.widths = new int[headers.size()];
    widen(this.headers);
  }

  public Table row(List<String> cells) {
    if (cells.size() != headers.size()) {
      throw new IllegalArgumentException(cells + " under " + headers);
    }
    List<String> clean = cells.stream().map(Table::clean).toList();
    rows.add(clean);
    widen(clean);
    return this;
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Every line ends in a line break. */
  public String render(Paint paint) {
    return render("", paint);
  }

  public String render(String indent, Paint paint) {
    StringBuilder text = new StringBuilder(indent).append(line(headers, Paint.PLAIN)).append('\n');
    for (List<String> row : rows) {
      text.append(indent).append(line(row, paint)).append('\n');
    }
    return text.toString();
  }

  /** A further row, under the columns as they are so far. */
  public String line(List<String> cells, Paint paint) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String cell = clean(cells.get(i));
      boolean last = i == cells.size() - 1;
      boolean stateful = headers.get(i).equals("STATE");
      line.append(stateful ? paint.state(cell) : cell);
      if (!last) {
        line.append(" ".repeat(Math.max(0, widths[i] - length(cell)))).append(GAP);
      }
    }
    return line.toString().stripTrailing();
  }

  /** What agents and operators wrote stays on its line and moves no cursor. */
  static String clean(String cell) {
    return cell.codePoints().noneMatch(Character::isISOControl)
        ? cell
        : cell.replaceAll("\\p{Cntrl}+", " ");
  }

  private void widen(List<String> cells) {
    int[] wider = widths.clone();
    for (int i = 0; i < cells.size(); i++) {
      wider[i] = Math.max(wider[i], length(cells.get(i)));
    }
    widths = wider;
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
