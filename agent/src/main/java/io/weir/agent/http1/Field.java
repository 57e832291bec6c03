package io.weir.agent.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The header fields that a proxy acts on; every other one is {@link #OTHER} and passes through. */
final class Field {
  static final int OTHER = 0;
  static final int HOST = 1;
  static final int CONTENT_LENGTH = 2;
  static final int TRANSFER_ENCODING = 3;
  static final int CONNECTION = 4;
  static final int KEEP_ALIVE = 5;
  static final int PROXY_CONNECTION = 6;
  static final int TE = 7;
  static final int TRAILER = 8;
  static final int UPGRADE = 9;
  static final int EXPECT = 10;
  static final int FORWARDED = 11;
  static final int X_FORWARDED_FOR = 12;
  static final int X_FORWARDED_PROTO = 13;
  static final int X_FORWARDED_HOST = 14;
  static final int X_FORWARDED_PORT = 15;
  static final int PROXY_AUTHENTICATE = 16;
  static final int PROXY_AUTHORIZATION = 17;
  static final int USER_AGENT = 18;
  static final int REFERER = 19;
  static final int X_WEIR_REASON = 20;
  static final int AUTHORIZATION = 21;
  static final int CACHE_CONTROL = 22;
  static final int CONTENT_ENCODING = 23;
  static final int CONTENT_TYPE = 24;
  static final int COOKIE = 25;
  static final int SET_COOKIE = 26;
  static final int X_REAL_IP = 27;

  private static final String[] NAMES = {
    "",
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "proxy-authenticate",
    "proxy-authorization",
    "user-agent",
    "referer",
    "x-weir-reason",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-type",
    "cookie",
    "set-cookie",
    "x-real-ip",
  };

  private static final boolean[] PROTECTED = new boolean[NAMES.length];

  static {
    for (int id :
        new int[] {
          HOST,
          CONTENT_LENGTH,
          TRANSFER_ENCODING,
          EXPECT,
          FORWARDED,
          X_FORWARDED_FOR,
          X_FORWARDED_PROTO,
          X_FORWARDED_HOST,
          X_FORWARDED_PORT,
          X_REAL_IP,
          AUTHORIZATION,
          COOKIE,
          SET_COOKIE,
          CONTENT_TYPE,
          CONTENT_ENCODING,
          CACHE_CONTROL
        }) {
      PROTECTED[id] = true;
    }
  }

  private static final byte[][] NAME_BYTES =
      Arrays.stream(NAMES)
          .map(name -> name.getBytes(StandardCharsets.US_ASCII))
          .toArray(byte[][]::new);

  /** By length and first letter: at most a few candidates for any name. */
  private static final int[][] CANDIDATES = candidates();

  private Field() {}

  /** The field that the {@code length} bytes at {@code from}, a token, name in any case. */
  static int of(byte[] b, int from, int length) {
    if (length > 31) {
      return OTHER;
    }
    for (int id : CANDIDATES[length << 5 | b[from] & 31]) {
      if (isNamed(b, from, NAME_BYTES[id])) {
        return id;
      }
    }
    return OTHER;
  }

  /** Of the bytes of a token only letters, in either case, and '-' become what is in a name. */
  private static boolean isNamed(byte[] b, int from, byte[] name) {
    for (int i = name.length - 1; i >= 0; i--) { // names differ most at their end
      if ((b[from + i] | 0x20) != name[i]) {
        return false;
      }
    }
    return true;
  }

  /** What a sender cannot get removed by naming it in Connection: the next hop would miss it. */
  static boolean isProtected(int id) {
    return PROTECTED[id];
  }

  private static int[][] candidates() {
    int[][] table = new int[32 << 5][];
    Arrays.fill(table, new int[0]);
    for (int id = 1; id < NAMES.length; id++) {
      int slot = NAMES[id].length() << 5 | NAMES[id].charAt(0) & 31;
      int[] old = table[slot];
      table[slot] = Arrays.copyOf(old, old.length + 1);
      table[slot][old.length] = id;
    }
    return table;
  }
}
