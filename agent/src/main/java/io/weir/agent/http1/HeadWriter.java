package io.weir.agent.http1;

import java.nio.charset.StandardCharsets;

/**
 * Writes the head that is passed on: what came, without the fields that are only for this hop (RFC
 * 9110 section 7.6.1) and with what the proxy has to say. Lines that stay are copied in runs, byte
 * for byte. One instance per event loop; the result is in {@link #bytes()} until the next call.
 */
public final class HeadWriter {
  private static final int ADDED_BYTES = 1024;

  private static final byte[] CRLF = ascii("\r\n");
  private static final byte[] VERSION_10 = ascii(" HTTP/1.0\r\n");
  private static final byte[] VERSION_11 = ascii(" HTTP/1.1\r\n");
  private static final byte[] HOST = ascii("Host: ");
  private static final byte[] FOR = ascii("X-Forwarded-For: ");
  private static final byte[] PROTO = ascii("\r\nX-Forwarded-Proto: http");
  private static final byte[] FORWARDED_HOST = ascii("\r\nX-Forwarded-Host: ");
  private static final byte[] FORWARDED_PORT = ascii("\r\nX-Forwarded-Port: ");
  private static final byte[] FORWARDED = ascii("\r\nForwarded: ");
  private static final byte[] FORWARDED_HOST_PARAM = ascii(";host=\"");
  private static final byte[] FORWARDED_PROTO_PARAM = ascii("\";proto=http");
  private static final byte[] PROTO_ONLY_PARAM = ascii(";proto=http");
  private static final byte[] CLOSE = ascii("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE = ascii("Connection: upgrade\r\n");

  private final byte[] out;
  private int length;
  private boolean hadProto;
  private boolean hadHost;
  private boolean hadPort;

  /** For heads of at most {@code maxHeadBytes}. */
  public HeadWriter(int maxHeadBytes) {
    out = new byte[maxHeadBytes + ADDED_BYTES + 3 * HeadParser.MAX_HOST_BYTES];
  }

  public byte[] bytes() {
    return out;
  }

  /**
   * The request head for an endpoint, its length.
   *
   * @param endpoint names the endpoint when the client (HTTP/1.0) sent no Host
   */
  public int request(
      byte[] b, HeadParser head, RequestTarget target, Forwarding by, byte[] endpoint) {
    length = 0;
    copy(b, head.start(), head.targetStart());
    if (target.originStart() == head.targetEnd() || b[target.originStart()] == '?') {
      out[length++] = '/'; // absolute form with an empty path
    }
    copy(b, target.originStart(), head.targetEnd());
    boolean old = head.minorVersion() == 0;
    copy(old ? VERSION_10 : VERSION_11);
    if (target.absolute() || head.host() < 0) {
      copy(HOST);
      host(b, head, target, endpoint);
      copy(CRLF);
    }
    boolean upgrade = head.upgrade();
    requestFields(b, head, by, target.absolute(), upgrade);
    if (upgrade) {
      copy(UPGRADE);
    } else if (old) {
      copy(KEEP_ALIVE);
    }
    forwarding(b, head, target, by);
    copy(CRLF);
    copy(CRLF);
    return length;
  }

  private void host(byte[] b, HeadParser head, RequestTarget target, byte[] endpoint) {
    if (target.absolute()) {
      copy(b, target.authorityStart(), target.authorityEnd());
    } else if (head.host() >= 0) {
      copy(b, head.valueStart(head.host()), head.valueEnd(head.host()));
    } else {
      copy(endpoint);
    }
  }

  private void requestFields(
      byte[] b, HeadParser head, Forwarding by, boolean dropHost, boolean upgrade) {
    hadProto = hadHost = hadPort = false;
    int runStart = head.fields() == 0 ? 0 : head.lineStart(0);
    int fields = head.fields();
    for (int n = 0; n < fields; n++) {
      if (dropsFromRequest(b, head, n, by.replace(), dropHost, upgrade)) {
        copy(b, runStart, head.lineStart(n));
        runStart = head.lineStart(n + 1);
      }
    }
    if (fields > 0) {
      copy(b, runStart, head.lineStart(fields));
    }
  }

  private boolean dropsFromRequest(
      byte[] b, HeadParser head, int n, boolean replace, boolean dropHost, boolean upgrade) {
    return switch (head.id(n)) {
      case Field.HOST -> dropHost;
      case Field.CONNECTION, Field.KEEP_ALIVE, Field.PROXY_CONNECTION, Field.TE -> true;
      case Field.UPGRADE -> !upgrade;
      case Field.FORWARDED, Field.X_FORWARDED_FOR -> replace;
      case Field.X_FORWARDED_PROTO -> {
        hadProto = !replace;
        yield replace;
      }
      case Field.X_FORWARDED_HOST -> {
        hadHost = !replace;
        yield replace;
      }
      case Field.X_FORWARDED_PORT -> {
        hadPort = !replace;
        yield replace;
      }
      // What frames the message cannot be nominated away.
      case Field.CONTENT_LENGTH, Field.TRANSFER_ENCODING -> false;
      default -> head.isNominated(b, n);
    };
  }

  private void forwarding(byte[] b, HeadParser head, RequestTarget target, Forwarding by) {
    boolean named = target.absolute() || head.host() >= 0;
    copy(FOR);
    copy(by.node());
    if (!hadProto) {
      copy(PROTO);
    }
    if (named && !hadHost) {
      copy(FORWARDED_HOST);
      host(b, head, target, CRLF);
    }
    if (!hadPort) {
      copy(FORWARDED_PORT);
      copy(by.port());
    }
    copy(FORWARDED);
    copy(by.forwarded());
    if (named) {
      copy(FORWARDED_HOST_PARAM);
      host(b, head, target, CRLF);
      copy(FORWARDED_PROTO_PARAM);
    } else {
      copy(PROTO_ONLY_PARAM);
    }
  }

  /** What to tell the client about its connection. */
  public enum Persistence {
    /** HTTP/1.1 and it persists: nothing needs to be said. */
    SILENT,
    KEEP_ALIVE,
    CLOSE,
    UPGRADE
  }

  /** The response head for the client, its length. */
  public int response(byte[] b, HeadParser head, Persistence persistence) {
    length = 0;
    int fields = head.fields();
    boolean upgrade = persistence == Persistence.UPGRADE;
    int runStart = head.start();
    for (int n = 0; n < fields; n++) {
      if (dropsFromResponse(b, head, n, upgrade)) {
        copy(b, runStart, head.lineStart(n));
        runStart = head.lineStart(n + 1);
      }
    }
    copy(b, runStart, head.lineStart(fields));
    out[7] = '1'; // this hop speaks HTTP/1.1, whatever the endpoint does
    switch (persistence) {
      case SILENT -> {}
      case KEEP_ALIVE -> copy(KEEP_ALIVE);
      case CLOSE -> copy(CLOSE);
      case UPGRADE -> copy(UPGRADE);
    }
    copy(CRLF);
    return length;
  }

  private static boolean dropsFromResponse(byte[] b, HeadParser head, int n, boolean upgrade) {
    return switch (head.id(n)) {
      case Field.CONNECTION, Field.KEEP_ALIVE, Field.PROXY_CONNECTION -> true;
      case Field.UPGRADE -> !upgrade;
      case Field.X_WEIR_REASON -> true; // only Weir says this
      case Field.CONTENT_LENGTH, Field.TRANSFER_ENCODING -> false;
      default -> head.isNominated(b, n);
    };
  }

  private void copy(byte[] b, int from, int to) {
    System.arraycopy(b, from, out, length, to - from);
    length += to - from;
  }

  private void copy(byte[] b) {
    System.arraycopy(b, 0, out, length, b.length);
    length += b.length;
  }

  private static byte[] ascii(String s) {
    return s.getBytes(StandardCharsets.US_ASCII);
  }
}
