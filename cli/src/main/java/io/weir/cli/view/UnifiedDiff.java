package io.weir.cli.view;

import java.util.ArrayList;
import java.util.List;

/** The difference of two texts in the form of {@code diff -u}. */
public final class UnifiedDiff {
  private static final int CONTEXT = 3;

  /** Cells of the table of common subsequences; beyond it the changed part is replaced whole. */
  private static final long MAX_CELLS = 16_000_000;

  private UnifiedDiff() {}

  private enum Op {
    SAME(" "),
    REMOVED("-"),
    ADDED("+");

    private final String mark;

    Op(String mark) {
      this.mark = mark;
    }
  }

  private record Edit(Op op, String line) {}

  /** Empty when they are alike. Lines end in a line break each. */
  public static String of(
      String oldTitle, String oldText, String newTitle, String newText, Paint paint) {
    if (oldText.equals(newText)) {
      return "";
    }
    List<Edit> edits = edits(oldText.lines().toList(), newText.lines().toList());
    StringBuilder out = new StringBuilder();
    out.append("--- ").append(oldTitle).append('\n');
    out.append("+++ ").append(newTitle).append('\n');
    int from = 0;
    while (from < edits.size()) {
      int first = nextChange(edits, from);
      if (first == edits.size()) {
        break;
      }
      int start = Math.max(from, first - CONTEXT);
      int end = endOfHunk(edits, first);
      hunk(edits, start, end, out, paint);
      from = end;
    }
    return out.toString();
  }

  private static int nextChange(List<Edit> edits, int from) {
    int i = from;
    while (i < edits.size() && edits.get(i).op() == Op.SAME) {
      i++;
    }
    return i;
  }

  /** Changes with no more than twice the context between them share a hunk. */
  private static int endOfHunk(List<Edit> edits, int firstChange) {
    int afterChange = firstChange + 1;
    while (true) {
      int next = nextChange(edits, afterChange);
      if (next == edits.size() || next - afterChange > 2 * CONTEXT) {
        return Math.min(edits.size(), afterChange + CONTEXT);
      }
      afterChange = next + 1;
    }
  }

  private static void hunk(List<Edit> edits, int start, int end, StringBuilder out, Paint paint) {
    int oldBefore = count(edits, 0, start, Op.ADDED);
    int newBefore = count(edits, 0, start, Op.REMOVED);
    int oldCount = count(edits, start, end, Op.ADDED);
    int newCount = count(edits, start, end, Op.REMOVED);
    out.append("@@ -").append(range(oldBefore, oldCount));
    out.append(" +").append(range(newBefore, newCount)).append(" @@\n");
    for (Edit edit : edits.subList(start, end)) {
      String line = edit.op().mark + edit.line();
      out.append(
              switch (edit.op()) {
                case SAME -> line;
                case REMOVED -> paint.bad(line);
                case ADDED -> paint.good(line);
              })
          .append('\n');
    }
  }

  /** Lines from {@code start} to {@code end} that are not {@code other}. */
  private static int count(List<Edit> edits, int start, int end, Op other) {
    return (int) edits.subList(start, end).stream().filter(edit -> edit.op() != other).count();
  }

  private static String range(int before, int count) {
    int first = count == 0 ? before : before + 1;
    return count == 1 ? String.valueOf(first) : first + "," + count;
  }

  private static List<Edit> edits(List<String> a, List<String> b) {
    int head = 0;
    while (head < a.size() && head < b.size() && a.get(head).equals(b.get(head))) {
      head++;
    }
    int tail = 0;
    while (tail < a.size() - head
        && tail < b.size() - head
        && a.get(a.size() - 1 - tail).equals(b.get(b.size() - 1 - tail))) {
      tail++;
    }
    List<Edit> edits = new ArrayList<>();
    a.subList(0, head).forEach(line -> edits.add(new Edit(Op.SAME, line)));
    middle(a.subList(head, a.size() - tail), b.subList(head, b.size() - tail), edits);
    a.subList(a.size() - tail, a.size()).forEach(line -> edits.add(new Edit(Op.SAME, line)));
    return edits;
  }

  /** By the longest common subsequence. */
  private static void middle(List<String> a, List<String> b, List<Edit> edits) {
    int i = 0;
    int j = 0;
    if ((long) a.size() * b.size() <= MAX_CELLS) {
      int[][] common = new int[a.size() + 1][b.size() + 1];
      for (int x = a.size() - 1; x >= 0; x--) {
        for (int y = b.size() - 1; y >= 0; y--) {
          common[x][y] =
              a.get(x).equals(b.get(y))
                  ? common[x + 1][y + 1] + 1
                  : Math.max(common[x + 1][y], common[x][y + 1]);
        }
      }
      while (i < a.size() && j < b.size()) {
        if (a.get(i).equals(b.get(j))) {
          edits.add(new Edit(Op.SAME, a.get(i)));
          i++;
          j++;
        } else if (common[i + 1][j] >= common[i][j + 1]) {
          edits.add(new Edit(Op.REMOVED, a.get(i++)));
        } else {
          edits.add(new Edit(Op.ADDED, b.get(j++)));
        }
      }
    }
    a.subList(i, a.size()).forEach(line -> edits.add(new Edit(Op.REMOVED, line)));
    b.subList(j, b.size()).forEach(line -> edits.add(new Edit(Op.ADDED, line)));
  }
}
