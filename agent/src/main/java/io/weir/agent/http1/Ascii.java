package io.weir.agent.http1;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looking at bytes as ASCII, eight at a time where it pays (Hacker's Delight, section 6-1). */
final class Ascii {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long LFS = ONES * '\n';
  private static final long DELS = ONES * 0x7f;
  private static final boolean[] TOKEN = tokenTable();

  private Ascii() {}

  /** Index of the first LF in {@code [from, to)}, or -1. */
  static int indexOfLf(byte[] b, int from, int to) {
    int i = from;
    for (int last = to - Long.BYTES; i <= last; i += Long.BYTES) {
      long x = (long) LONGS.get(b, i) ^ LFS;
      long zero = (x - ONES) & ~x & HIGHS;
      if (zero != 0) {
        return i + (Long.numberOfTrailingZeros(zero) >>> 3);
      }
    }
    for (; i < to; i++) {
      if (b[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Whether {@code [from, to)} holds only what a field value may (RFC 9110 section 5.5). */
  static boolean isFieldValue(byte[] b, int from, int to) {
    int i = from;
    for (int last = to - Long.BYTES; i <= last; i += Long.BYTES) {
      long x = (long) LONGS.get(b, i);
      long del = x ^ DELS;
      // Candidates: a byte below 0x20, or 0x7f. Carries can only mark too much, never too little.
      long suspicious = ((x - ONES * 0x20) & ~x | (del - ONES) & ~del) & HIGHS;
      if (suspicious != 0 && !isFieldValueSlow(b, i, i + Long.BYTES)) {
        return false;
      }
    }
    if (i > from && i < to) { // the last eight, some of them once more
      long x = (long) LONGS.get(b, to - Long.BYTES);
      long del = x ^ DELS;
      if ((((x - ONES * 0x20) & ~x | (del - ONES) & ~del) & HIGHS) == 0) {
        return true;
      }
    }
    return isFieldValueSlow(b, i, to);
  }

  private static boolean isFieldValueSlow(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      int c = b[i] & 0xff;
      if (c < 0x20 && c != '\t' || c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /** Whether {@code [from, to)} is a token (RFC 9110 section 5.6.2), so not empty. */
  static boolean isToken(byte[] b, int from, int to) {
    return from < to && tokenEnd(b, from, to) == to;
  }

  /** Index of the first byte in {@code [from, to)} that is not of a token, or {@code to}. */
  static int tokenEnd(byte[] b, int from, int to) {
    int i = from;
    while (i < to && TOKEN[b[i] & 0xff]) {
      i++;
    }
    return i;
  }

  /** Whether {@code [from, to)} holds visible ASCII only, and is not empty. */
  static boolean isVisible(byte[] b, int from, int to) {
    int i = from;
    for (int last = to - Long.BYTES; i <= last; i += Long.BYTES) {
      long x = (long) LONGS.get(b, i);
      long del = x ^ DELS;
      long suspicious = (x | x - ONES * 0x21 | (del - ONES) & ~del) & HIGHS;
      if (suspicious != 0 && !isVisibleSlow(b, i, i + Long.BYTES)) {
        return false;
      }
    }
    return from < to && isVisibleSlow(b, i, to);
  }

  private static boolean isVisibleSlow(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (b[i] <= 0x20 || b[i] == 0x7f) { // negative: above ASCII
        return false;
      }
    }
    return true;
  }

  /** Whether {@code length} bytes at {@code from} are {@code lower}, which is in lower case. */
  static boolean equalsIgnoreCase(byte[] b, int from, int length, String lower) {
    if (length != lower.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(b[from + i]) != lower.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  static boolean equals(byte[] b, int from, int length, String s) {
    if (length != s.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (b[from + i] != s.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  static int lower(byte c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }

  /** Value of a hexadecimal digit, or -1. */
  static int hex(byte c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    int l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
  }

  private static boolean[] tokenTable() {
    boolean[] table = new boolean[256];
    for (int c = '0'; c <= 'z'; c++) {
      table[c] = c <= '9' || c >= 'a' || c >= 'A' && c <= 'Z';
    }
    for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
      table[c] = true;
    }
    return table;
  }
}
