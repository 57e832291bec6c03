package io.weir.agent.http1;

/**
 * The parts of a request target (RFC 9112 section 3.2): where its authority and its origin form
 * lie. One instance per event loop, filled anew for each request.
 */
public final class RequestTarget {
  private int authorityStart;
  private int authorityEnd;
  private int originStart;
  private int pathEnd;

  /** False: the target is of none of the forms this proxy serves. */
  public boolean read(byte[] b, HeadParser head, Method method) {
    int from = head.targetStart();
    int to = head.targetEnd();
    authorityStart = authorityEnd = -1;
    originStart = from;
    if (b[from] == '*') {
      pathEnd = to;
      return to - from == 1 && method == Method.OPTIONS;
    }
    if (b[from] != '/') {
      int scheme = schemeLength(b, from, to);
      if (scheme < 0) {
        return false;
      }
      authorityStart = from + scheme;
      int at = authorityStart;
      while (at < to && b[at] != '/' && b[at] != '?') {
        if (b[at] == '@' || b[at] == '#') {
          return false; // user information in an http URI is deprecated and never wanted here
        }
        at++;
      }
      authorityEnd = at;
      originStart = at;
      if (authorityEnd == authorityStart
          || authorityEnd - authorityStart > HeadParser.MAX_HOST_BYTES
          || !HeadParser.isHost(b, authorityStart, authorityEnd)) {
        return false;
      }
    }
    int at = originStart;
    while (at < to && b[at] != '?') {
      if (b[at] == '#') {
        return false;
      }
      at++;
    }
    pathEnd = at;
    return true;
  }

  private static int schemeLength(byte[] b, int from, int to) {
    if (to - from > 7 && Ascii.equalsIgnoreCase(b, from, 7, "http://")) {
      return 7;
    }
    return to - from > 8 && Ascii.equalsIgnoreCase(b, from, 8, "https://") ? 8 : -1;
  }

  /** Whether the target is in absolute form; its authority then wins over Host. */
  public boolean absolute() {
    return authorityStart >= 0;
  }

  public int authorityStart() {
    return authorityStart;
  }

  public int authorityEnd() {
    return authorityEnd;
  }

  /** Of path and query; equal to the target's end, or at '?', when the path is empty. */
  public int originStart() {
    return originStart;
  }

  /** Of the path, before the query. */
  public int pathEnd() {
    return pathEnd;
  }
}
