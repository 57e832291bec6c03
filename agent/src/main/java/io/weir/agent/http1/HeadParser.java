package io.weir.agent.http1;

/**
 * Finds and reads one message head in a byte array. One instance per event loop; it keeps no state
 * between calls, so an incomplete head is read again from its start once more of it has come, and
 * the accessors speak of the last head that was {@link #COMPLETE}. Offsets are into the array
 * given.
 *
 * <p>Refuses what would let two parties disagree on where a message ends (RFC 9112 sections 2.2, 5,
 * 6.3, 11.2): bare LF and CR, obs-fold, space before the colon, more than one Content-Length or one
 * that is not plain digits, Transfer-Encoding other than exactly chunked, both of them together.
 */
public final class HeadParser {
  /** More bytes are needed. Any other result above COMPLETE is the status to refuse with. */
  public static final int INCOMPLETE = 0;

  public static final int COMPLETE = 1;

  /** {@link #contentLength()} when there is none. */
  public static final long NO_LENGTH = -1;

  /** A DNS name is at most 253, a port 6 with its colon. */
  static final int MAX_HOST_BYTES = 260;

  private static final String CHUNKED = "chunked";
  private static final int MAX_NOMINATED = 32;
  private static final int MAX_LEADING_EMPTY_LINES = 2;
  private static final boolean[] HOST_CHARS = hostChars();

  private final int maxHeadBytes;
  private final int maxTargetBytes;
  private final int maxFields;

  private final int[] ids;
  private final int[] lineStarts; // one more than fields: the last is the empty line
  private final int[] nameLengths;
  private final int[] valueStarts;
  private final int[] valueEnds;
  private final int[] nominatedStarts = new int[MAX_NOMINATED];
  private final int[] nominatedLengths = new int[MAX_NOMINATED];

  private String problem = "";
  private int start;
  private int end;
  private int methodEnd;
  private int targetStart;
  private int targetEnd;
  private int minorVersion;
  private int status;
  private int fields;
  private int nominated;
  private int host;
  private int referer;
  private int userAgent;
  private long contentLength;
  private boolean chunked;
  private boolean closeAsked;
  private boolean keepAliveAsked;
  private boolean upgradeNominated;
  private boolean upgrade;
  private boolean h2c;
  private boolean expectContinue;

  public HeadParser(HeadLimits limits) {
    maxHeadBytes = limits.head();
    maxTargetBytes = limits.target();
    maxFields = limits.fields();
    ids = new int[maxFields];
    lineStarts = new int[maxFields + 1];
    nameLengths = new int[maxFields];
    valueStarts = new int[maxFields];
    valueEnds = new int[maxFields];
  }

  /**
   * Reads a request head in {@code [from, to)}: INCOMPLETE, COMPLETE, or the status to refuse with.
   */
  public int parseRequest(byte[] b, int from, int to) {
    reset();
    int at = from;
    for (int i = 0;
        i < MAX_LEADING_EMPTY_LINES && to - at >= 2 && b[at] == '\r' && b[at + 1] == '\n';
        i++) {
      at += 2;
    }
    if (at == to || to - at == 1 && b[at] == '\r' && at - from < 2 * MAX_LEADING_EMPTY_LINES) {
      return INCOMPLETE;
    }
    start = at;
    int lf = Ascii.indexOfLf(b, at, to);
    int lineEnd = lf < 0 ? to : lf;
    if (!Ascii.isToken(b, at, at + 1)) {
      return refuse(400, "the request does not begin with a method");
    }
    if (lineEnd - at > maxTargetBytes + 64) {
      return refuse(414, "the request line is longer than " + maxTargetBytes + " bytes");
    }
    if (lf < 0) {
      return INCOMPLETE;
    }
    int refused = requestLine(b, at, lf);
    if (refused != COMPLETE) {
      return refused;
    }
    int result = fields(b, lf + 1, to, at);
    return result == COMPLETE ? checkRequest(b) : result;
  }

  /** Reads a response head likewise; any problem is a 502 to the client. */
  public int parseResponse(byte[] b, int from, int to) {
    reset();
    start = from;
    int lf = Ascii.indexOfLf(b, from, to);
    if (lf < 0) {
      if (to - from > maxHeadBytes || !beginsLikeStatusLine(b, from, to)) {
        return refuse(502, "the response does not begin with a status line");
      }
      return INCOMPLETE;
    }
    if (!statusLine(b, from, lf)) {
      return refuse(502, "the response has a malformed status line");
    }
    int result = fields(b, lf + 1, to, from);
    if (result > COMPLETE) {
      return refuse(502, problem);
    }
    if (result == COMPLETE && chunked && (contentLength != NO_LENGTH || minorVersion == 0)) {
      return refuse(502, "Transfer-Encoding with Content-Length or HTTP/1.0");
    }
    return result;
  }

  private void reset() {
    problem = "";
    fields = 0;
    nominated = 0;
    host = -1;
    referer = -1;
    userAgent = -1;
    contentLength = NO_LENGTH;
    chunked = false;
    closeAsked = false;
    keepAliveAsked = false;
    upgradeNominated = false;
    upgrade = false;
    h2c = false;
    expectContinue = false;
  }

  private int refuse(int code, String why) {
    problem = why;
    return code;
  }

  private int requestLine(byte[] b, int from, int lf) {
    int cr = lf - 1;
    if (cr < from || b[cr] != '\r') {
      return refuse(400, "a line ends in a bare LF");
    }
    methodEnd = Ascii.tokenEnd(b, from, cr);
    targetStart = methodEnd + 1;
    targetEnd = cr - 9; // " HTTP/1.1"
    if (targetEnd <= targetStart || b[targetEnd] != ' ') {
      return refuse(400, "the request line is not \"METHOD TARGET HTTP/1.1\"");
    }
    if (b[methodEnd] != ' ') {
      return refuse(400, "the method is not a token");
    }
    if (!Ascii.isVisible(b, targetStart, targetEnd)) {
      return refuse(400, "the request target holds a space, a control or a non-ASCII byte");
    }
    if (targetEnd - targetStart > maxTargetBytes) {
      return refuse(414, "the request target is longer than " + maxTargetBytes + " bytes");
    }
    if (!Ascii.equals(b, targetEnd + 1, 5, "HTTP/")
        || !Ascii.isDigit(b[cr - 3])
        || b[cr - 2] != '.'
        || !Ascii.isDigit(b[cr - 1])) {
      return refuse(400, "the request line is not \"METHOD TARGET HTTP/1.1\"");
    }
    if (b[cr - 3] != '1' || b[cr - 1] > '1') {
      return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    minorVersion = b[cr - 1] == '0' ? 0 : 1;
    return COMPLETE;
  }

  private static boolean beginsLikeStatusLine(byte[] b, int from, int to) {
    return Ascii.equals(
        b, from, Math.min(7, to - from), "HTTP/1.".substring(0, Math.min(7, to - from)));
  }

  private boolean statusLine(byte[] b, int from, int lf) {
    int cr = lf - 1;
    // "HTTP/1.1 200" and, with or without a reason, the rest.
    if (cr - from < 12 || b[cr] != '\r' || !beginsLikeStatusLine(b, from, lf)) {
      return false;
    }
    if (b[from + 7] != '0' && b[from + 7] != '1'
        || b[from + 8] != ' '
        || cr - from > 12 && b[from + 12] != ' ') {
      return false;
    }
    minorVersion = b[from + 7] == '0' ? 0 : 1;
    status = 0;
    for (int i = from + 9; i < from + 12; i++) {
      if (!Ascii.isDigit(b[i])) {
        return false;
      }
      status = status * 10 + b[i] - '0';
    }
    return status >= 100 && Ascii.isFieldValue(b, from + 12, cr);
  }

  private int fields(byte[] b, int from, int to, int headStart) {
    int at = from;
    while (true) {
      int lf = Ascii.indexOfLf(b, at, to);
      if (lf < 0) {
        return to - headStart > maxHeadBytes ? tooLarge() : INCOMPLETE;
      }
      if (lf - headStart >= maxHeadBytes) {
        return tooLarge();
      }
      int cr = lf - 1;
      if (cr < at || b[cr] != '\r') {
        return refuse(400, "a line ends in a bare LF");
      }
      if (cr == at) {
        lineStarts[fields] = at;
        end = lf + 1;
        return COMPLETE;
      }
      if (fields == maxFields) {
        return refuse(431, "more than " + maxFields + " header fields");
      }
      int refused = field(b, at, cr);
      if (refused != COMPLETE) {
        return refused;
      }
      at = lf + 1;
    }
  }

  private int tooLarge() {
    return refuse(431, "the head is larger than " + maxHeadBytes + " bytes");
  }

  private int field(byte[] b, int from, int cr) {
    int colon = Ascii.tokenEnd(b, from, cr);
    if (colon == from || b[colon] != ':') {
      boolean folded = b[from] == ' ' || b[from] == '\t';
      return refuse(400, folded ? "a folded header line" : "a header line without a proper name");
    }
    int valueStart = colon + 1;
    int valueEnd = cr;
    while (valueStart < valueEnd && isBlank(b[valueStart])) {
      valueStart++;
    }
    while (valueEnd > valueStart && isBlank(b[valueEnd - 1])) {
      valueEnd--;
    }
    if (!Ascii.isFieldValue(b, valueStart, valueEnd)) {
      return refuse(400, "a control byte in a header field");
    }
    int n = fields++;
    int id = Field.of(b, from, colon - from);
    ids[n] = id;
    lineStarts[n] = from;
    nameLengths[n] = colon - from;
    valueStarts[n] = valueStart;
    valueEnds[n] = valueEnd;
    return id == Field.OTHER ? COMPLETE : act(b, n, id, valueStart, valueEnd);
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\t';
  }

  private int act(byte[] b, int n, int id, int from, int to) {
    switch (id) {
      case Field.HOST -> {
        if (host >= 0) {
          return refuse(400, "more than one Host");
        }
        host = n;
      }
      case Field.CONTENT_LENGTH -> {
        if (contentLength != NO_LENGTH) {
          return refuse(400, "more than one Content-Length");
        }
        contentLength = decimal(b, from, to);
        if (contentLength < 0) {
          return refuse(400, "Content-Length is not a number");
        }
      }
      case Field.TRANSFER_ENCODING -> {
        return transferEncoding(b, from, to);
      }
      case Field.CONNECTION -> {
        return connection(b, from, to);
      }
      case Field.REFERER -> referer = n;
      case Field.USER_AGENT -> userAgent = n;
      case Field.UPGRADE -> {
        upgrade = true;
        h2c |= hasH2c(b, from, to);
      }
      case Field.EXPECT -> expectContinue = true;
      default -> {}
    }
    return COMPLETE;
  }

  /** RFC 9112 section 6.1: 501 for codings not understood, 400 where the end is not certain. */
  private int transferEncoding(byte[] b, int from, int to) {
    if (chunked) {
      return refuse(400, "more than one Transfer-Encoding");
    }
    chunked = Ascii.equalsIgnoreCase(b, from, to - from, CHUNKED);
    if (chunked) {
      return COMPLETE;
    }
    int last = lastElement(b, from, to);
    if (last == from || !Ascii.equalsIgnoreCase(b, last, to - last, CHUNKED)) {
      return refuse(400, "the last coding in Transfer-Encoding is not \"chunked\"");
    }
    return refuse(501, "only \"chunked\" is understood as Transfer-Encoding");
  }

  /** Where the last element of a list begins. */
  private static int lastElement(byte[] b, int from, int to) {
    int at = to;
    while (at > from && b[at - 1] != ',') {
      at--;
    }
    while (at < to && isBlank(b[at])) {
      at++;
    }
    return at;
  }

  private static boolean hasH2c(byte[] b, int from, int to) {
    for (int i = from; i + 3 <= to; i++) {
      if (Ascii.equalsIgnoreCase(b, i, 3, "h2c")) {
        return true;
      }
    }
    return false;
  }

  /** At most 18 digits, so that it cannot overflow; -1 for anything else. */
  private static long decimal(byte[] b, int from, int to) {
    if (from == to || to - from > 18) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      if (!Ascii.isDigit(b[i])) {
        return -1;
      }
      value = value * 10 + b[i] - '0';
    }
    return value;
  }

  private int connection(byte[] b, int from, int to) {
    int at = from;
    while (at < to) {
      int comma = at;
      while (comma < to && b[comma] != ',') {
        comma++;
      }
      int optionStart = at;
      int optionEnd = comma;
      while (optionStart < optionEnd && isBlank(b[optionStart])) {
        optionStart++;
      }
      while (optionEnd > optionStart && isBlank(b[optionEnd - 1])) {
        optionEnd--;
      }
      int length = optionEnd - optionStart;
      if (length > 0 && !connectionOption(b, optionStart, length)) {
        return refuse(400, "more than " + MAX_NOMINATED + " options in Connection");
      }
      at = comma + 1;
    }
    return COMPLETE;
  }

  private boolean connectionOption(byte[] b, int from, int length) {
    if (Ascii.equalsIgnoreCase(b, from, length, "close")) {
      closeAsked = true;
    } else if (Ascii.equalsIgnoreCase(b, from, length, "keep-alive")) {
      keepAliveAsked = true;
    } else if (Ascii.equalsIgnoreCase(b, from, length, "upgrade")) {
      upgradeNominated = true;
    } else if (nominated == MAX_NOMINATED) {
      return false;
    } else {
      nominatedStarts[nominated] = from;
      nominatedLengths[nominated++] = length;
    }
    return true;
  }

  private int checkRequest(byte[] b) {
    if (chunked && contentLength != NO_LENGTH) {
      return refuse(400, "both Content-Length and Transfer-Encoding");
    }
    if (chunked && minorVersion == 0) {
      return refuse(400, "Transfer-Encoding with HTTP/1.0");
    }
    if (host < 0 && minorVersion > 0) {
      return refuse(400, "no Host");
    }
    if (host >= 0) {
      if (valueEnds[host] == valueStarts[host]) {
        return refuse(400, "Host is empty"); // every target served here has an authority
      }
      if (valueEnds[host] - valueStarts[host] > MAX_HOST_BYTES) {
        return refuse(400, "Host is longer than " + MAX_HOST_BYTES + " bytes");
      }
      if (!isHost(b, valueStarts[host], valueEnds[host])) {
        return refuse(400, "Host is not a host");
      }
    }
    if (expectContinue && !expectsContinueOnly(b)) {
      return refuse(417, "only \"100-continue\" can be expected");
    }
    return COMPLETE;
  }

  static boolean isHost(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (b[i] < 0 || !HOST_CHARS[b[i]]) {
        return false;
      }
    }
    return true;
  }

  private boolean expectsContinueOnly(byte[] b) {
    for (int n = 0; n < fields; n++) {
      if (ids[n] == Field.EXPECT
          && !Ascii.equalsIgnoreCase(
              b, valueStarts[n], valueEnds[n] - valueStarts[n], "100-continue")) {
        return false;
      }
    }
    return true;
  }

  private static boolean[] hostChars() {
    boolean[] table = new boolean[128];
    for (int c = '0'; c <= 'z'; c++) {
      table[c] = c <= ':' || c >= 'a' || c >= 'A' && c <= 'Z';
    }
    for (char c :
        "-._~!$&'()*+;=[]%".toCharArray()) { // reg-name, IP-literal, port: RFC 3986 section 3.2.2
      table[c] = true;
    }
    return table;
  }

  /** Why the head was refused, a phrase; "" when it was not. */
  public String problem() {
    return problem;
  }

  /** Of the head, behind leading empty lines. */
  public int start() {
    return start;
  }

  /** Behind the empty line that ends the head. */
  public int end() {
    return end;
  }

  public int methodEnd() {
    return methodEnd;
  }

  public int targetStart() {
    return targetStart;
  }

  public int targetEnd() {
    return targetEnd;
  }

  /** 0 or 1, for HTTP/1.0 and HTTP/1.1. */
  public int minorVersion() {
    return minorVersion;
  }

  /** Of a response, 100 to 999. */
  public int status() {
    return status;
  }

  public int fields() {
    return fields;
  }

  boolean isOptions(byte[] b) {
    return Ascii.equals(b, start, methodEnd - start, "OPTIONS");
  }

  /** One of {@link Field}'s. */
  int id(int n) {
    return ids[n];
  }

  /** With n == fields(): of the empty line. */
  int lineStart(int n) {
    return lineStarts[n];
  }

  int nameLength(int n) {
    return nameLengths[n];
  }

  public int valueStart(int n) {
    return valueStarts[n];
  }

  public int valueEnd(int n) {
    return valueEnds[n];
  }

  /** Number of the Host field, or -1. */
  public int host() {
    return host;
  }

  /** Number of the Referer field, or -1. */
  public int referer() {
    return referer;
  }

  /** Number of the User-Agent field, or -1. */
  public int userAgent() {
    return userAgent;
  }

  /** Bytes, or {@link #NO_LENGTH}. */
  public long contentLength() {
    return contentLength;
  }

  public boolean chunked() {
    return chunked;
  }

  /** HTTP/1.0 cannot expect it (RFC 9110 section 10.1.1). */
  public boolean expectContinue() {
    return expectContinue && minorVersion > 0;
  }

  /**
   * Whether the sender asks to switch protocols (RFC 9110 section 7.8). Not to h2c, which RFC 9113
   * withdrew: in it requests would pass by the routes.
   */
  public boolean upgrade() {
    return upgrade && !h2c && upgradeNominated && minorVersion > 0;
  }

  /** Whether the connection persists after this message (RFC 9112 section 9.3). */
  public boolean persistent() {
    return !closeAsked && (minorVersion > 0 || keepAliveAsked);
  }

  /** Whether Connection names field {@code n}, and may. */
  boolean isNominated(byte[] b, int n) {
    if (nominated == 0 || Field.isProtected(ids[n])) {
      return false;
    }
    for (int i = 0; i < nominated; i++) {
      if (nominatedLengths[i] == nameLengths[n]
          && sameIgnoringCase(b, nominatedStarts[i], lineStarts[n], nameLengths[n])) {
        return true;
      }
    }
    return false;
  }

  private static boolean sameIgnoringCase(byte[] b, int x, int y, int length) {
    for (int i = 0; i < length; i++) {
      if (Ascii.lower(b[x + i]) != Ascii.lower(b[y + i])) {
        return false;
      }
    }
    return true;
  }
}
