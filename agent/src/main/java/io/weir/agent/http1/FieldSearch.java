package io.weir.agent.http1;

/**
 * Finds single values in a head that was parsed. One instance per event loop; what was found is
 * valid until the next call.
 */
public final class FieldSearch {
  private int from;
  private int to;

  /**
   * The value of the first field of that name.
   *
   * @param lower the name in lower case
   */
  public boolean header(byte[] b, HeadParser head, byte[] lower) {
    for (int n = 0; n < head.fields(); n++) {
      if (head.nameLength(n) == lower.length && isNamed(b, head.lineStart(n), lower)) {
        from = head.valueStart(n);
        to = head.valueEnd(n);
        return true;
      }
    }
    return false;
  }

  private static boolean isNamed(byte[] b, int at, byte[] lower) {
    for (int i = 0; i < lower.length; i++) {
      if (Ascii.lower(b[at + i]) != lower[i]) {
        return false;
      }
    }
    return true;
  }

  /** The value of the first cookie of that name, case included (RFC 6265 section 4.2.1). */
  public boolean cookie(byte[] b, HeadParser head, byte[] name) {
    for (int n = 0; n < head.fields(); n++) {
      if (head.id(n) == Field.COOKIE && cookie(b, head.valueStart(n), head.valueEnd(n), name)) {
        return true;
      }
    }
    return false;
  }

  private boolean cookie(byte[] b, int start, int end, byte[] name) {
    int at = start;
    while (at < end) {
      if (b[at] == ' ' || b[at] == ';' || b[at] == '\t') {
        at++;
        continue;
      }
      int stop = at;
      while (stop < end && b[stop] != ';') {
        stop++;
      }
      int value = at + name.length + 1;
      if (value <= stop && b[value - 1] == '=' && isName(b, at, name)) {
        from = value;
        to = stop;
        while (to > from && (b[to - 1] == ' ' || b[to - 1] == '\t')) {
          to--;
        }
        return true;
      }
      at = stop;
    }
    return false;
  }

  private static boolean isName(byte[] b, int at, byte[] name) {
    for (int i = 0; i < name.length; i++) {
      if (b[at + i] != name[i]) {
        return false;
      }
    }
    return true;
  }

  /** Of the value found. */
  public int from() {
    return from;
  }

  public int to() {
    return to;
  }
}
