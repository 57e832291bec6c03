package io.weir.agent.http1;

/** Request methods as far as a proxy tells them apart (RFC 9110 section 9). */
public enum Method {
  GET(true),
  HEAD(true),
  POST(false),
  PUT(true),
  DELETE(true),
  OPTIONS(true),
  PATCH(false),
  TRACE(true),
  CONNECT(false),
  OTHER(false);

  private final boolean idempotent;

  Method(boolean idempotent) {
    this.idempotent = idempotent;
  }

  /** Section 9.2.2: doing it twice is the same as doing it once. */
  public boolean idempotent() {
    return idempotent;
  }

  /** Methods are case-sensitive. */
  public static Method of(byte[] b, int from, int to) {
    int length = to - from;
    return switch (b[from]) {
      case 'G' -> is(b, from, length, GET);
      case 'H' -> is(b, from, length, HEAD);
      case 'D' -> is(b, from, length, DELETE);
      case 'O' -> is(b, from, length, OPTIONS);
      case 'T' -> is(b, from, length, TRACE);
      case 'C' -> is(b, from, length, CONNECT);
      case 'P' -> {
        Method m = is(b, from, length, POST);
        m = m == OTHER ? is(b, from, length, PUT) : m;
        yield m == OTHER ? is(b, from, length, PATCH) : m;
      }
      default -> OTHER;
    };
  }

  private static Method is(byte[] b, int from, int length, Method m) {
    return Ascii.equals(b, from, length, m.name()) ? m : OTHER;
  }
}
