package io.weir.agent.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes the head that is passed on: what came, without the fields that are only for this hop (RFC
 * 9110 section 7.6.1), with what the route changes and with what the proxy has to say. Lines that
 * stay are copied in runs, byte for byte. One instance per event loop; the result is in {@link
 * #bytes()} until the next call.
 */
public final class HeadWriter {
  private static final byte[] NOTHING = {};
  private static final byte[] CRLF = ascii("\r\n");
  private static final byte[] VERSION = ascii(" HTTP/1.1\r\n");
  private static final byte[] HOST = ascii("Host: ");
  private static final byte[] FOR = ascii("X-Forwarded-For: ");
  private static final byte[] PROTO = ascii("\r\nX-Forwarded-Proto: http");
  private static final byte[] FORWARDED_HOST = ascii("\r\nX-Forwarded-Host: ");
  private static final byte[] FORWARDED_PORT = ascii("\r\nX-Forwarded-Port: ");
  private static final byte[] FORWARDED = ascii("\r\nForwarded: ");
  private static final byte[] FORWARDED_HOST_PARAM = ascii(";host=");
  private static final byte[] FORWARDED_PROTO_PARAM = ascii(";proto=http");
  private static final byte[] CLOSE = ascii("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE = ascii("Connection: upgrade\r\n");
  private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");

  /** All that is added to a request but for values that have a length of their own. */
  private static final int FIXED_BYTES = 256;

  private byte[] out = new byte[4096];
  private int length;
  private int reserved;
  private boolean hadProto;
  private boolean hadHost;
  private boolean hadPort;

  public byte[] bytes() {
    return out;
  }

  /**
   * The request head for an endpoint, its length.
   *
   * @param endpoint names the endpoint when the client (HTTP/1.0) sent no Host
   */
  public int request(
      byte[] b,
      HeadParser head,
      RequestTarget target,
      Forwarding by,
      FieldEdits edits,
      byte[] endpoint) {
    begin(2 * (head.end() - head.start()) + endpoint.length, by.length() + edits.added().length);
    copy(b, head.start(), head.targetStart());
    originForm(b, head, target);
    copy(VERSION);
    byte[] host = edits.host();
    boolean ownHost = host != null || target.absolute() || head.host() < 0;
    if (ownHost) {
      copy(HOST);
      if (host != null) {
        reserve(host.length);
        copy(host);
      } else if (target.absolute()) {
        copy(b, target.authorityStart(), target.authorityEnd());
      } else {
        copy(endpoint);
      }
      copy(CRLF);
    }
    requestFields(b, head, by, edits, ownHost);
    copy(edits.added());
    if (head.upgrade()) {
      copy(UPGRADE);
    }
    forwarding(b, head, target, by);
    copy(CRLF);
    copy(CRLF);
    return length;
  }

  /** RFC 9112 section 3.2.4: OPTIONS of a whole server is "*", any other empty path "/". */
  private void originForm(byte[] b, HeadParser head, RequestTarget target) {
    int from = target.originStart();
    if (from == head.targetEnd() && head.isOptions(b)) {
      out[length++] = '*';
    } else if (from == head.targetEnd() || b[from] == '?') {
      out[length++] = '/';
    }
    copy(b, from, head.targetEnd());
  }

  private void requestFields(
      byte[] b, HeadParser head, Forwarding by, FieldEdits edits, boolean dropHost) {
    hadProto = hadHost = hadPort = false;
    boolean upgrade = head.upgrade();
    int fields = head.fields();
    int runStart = head.lineStart(0);
    for (int n = 0; n < fields; n++) {
      if (dropsFromRequest(b, head, n, by.replace(), edits, dropHost, upgrade)) {
        copy(b, runStart, head.lineStart(n));
        runStart = head.lineStart(n + 1);
      }
    }
    copy(b, runStart, head.lineStart(fields));
  }

  private boolean dropsFromRequest(
      byte[] b,
      HeadParser head,
      int n,
      boolean replace,
      FieldEdits edits,
      boolean dropHost,
      boolean upgrade) {
    return switch (head.id(n)) {
      case Field.HOST -> dropHost;
      case Field.CONNECTION, Field.KEEP_ALIVE, Field.PROXY_CONNECTION, Field.TE -> true;
      case Field.UPGRADE -> !upgrade;
      case Field.FORWARDED, Field.X_FORWARDED_FOR -> true; // written anew, with what was there
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
      // What frames the message is nobody's to remove.
      case Field.CONTENT_LENGTH, Field.TRANSFER_ENCODING -> false;
      default -> head.isNominated(b, n) || dropped(b, head, n, edits);
    };
  }

  @SuppressWarnings("ReferenceEquality") // the one that does nothing, which nearly all are
  private static boolean dropped(byte[] b, HeadParser head, int n, FieldEdits edits) {
    return edits != FieldEdits.NONE && edits.drops(b, head.lineStart(n), head.nameLength(n));
  }

  private void forwarding(byte[] b, HeadParser head, RequestTarget target, Forwarding by) {
    int from = target.absolute() ? target.authorityStart() : 0;
    int to = target.absolute() ? target.authorityEnd() : 0;
    if (!target.absolute() && head.host() >= 0) {
      from = head.valueStart(head.host());
      to = head.valueEnd(head.host());
    }
    copy(FOR);
    before(b, head, by, Field.X_FORWARDED_FOR);
    copy(by.node());
    if (!hadProto) {
      copy(PROTO);
    }
    if (from < to && !hadHost) {
      copy(FORWARDED_HOST);
      copy(b, from, to);
    }
    if (!hadPort) {
      copy(FORWARDED_PORT);
      copy(by.port());
    }
    copy(FORWARDED);
    before(b, head, by, Field.FORWARDED);
    copy(by.forwarded());
    if (from < to) {
      copy(FORWARDED_HOST_PARAM);
      boolean quoted = !isToken(b, from, to);
      quote(quoted);
      copy(b, from, to);
      quote(quoted);
    }
    copy(FORWARDED_PROTO_PARAM);
  }

  /** What trusted proxies said in the same field, as the start of the list. */
  private void before(byte[] b, HeadParser head, Forwarding by, int id) {
    if (by.replace()) {
      return;
    }
    for (int n = 0; n < head.fields(); n++) {
      if (head.id(n) == id) {
        reserve(head.valueEnd(n) - head.valueStart(n) + 2);
        copy(b, head.valueStart(n), head.valueEnd(n));
        out[length++] = ',';
        out[length++] = ' ';
      }
    }
  }

  /** A host with a port or brackets has to be quoted (RFC 7239 section 4). */
  private static boolean isToken(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (b[i] == ':' || b[i] == '[') {
        return false;
      }
    }
    return true;
  }

  private void quote(boolean quoted) {
    if (quoted) {
      out[length++] = '"';
    }
  }

  /** What the client is told of its connection. */
  public enum Persistence {
    /** HTTP/1.1 and it persists: nothing needs to be said. */
    SILENT,
    KEEP_ALIVE,
    CLOSE,
    UPGRADE
  }

  /** How the client is told where the body ends. */
  public enum Framing {
    /** As the endpoint did. */
    SAME,
    /** In chunks, which it was not. */
    CHUNKED,
    /** By the end of the connection, where it was in chunks. */
    UNTIL_CLOSE
  }

  /** The response head for the client, its length. */
  public int response(
      byte[] b, HeadParser head, FieldEdits edits, Persistence persistence, Framing framing) {
    return response(b, head, edits, NOTHING, persistence, framing);
  }

  /**
   * Likewise.
   *
   * @param more whole lines to be added, after what the edits do
   */
  public int response(
      byte[] b,
      HeadParser head,
      FieldEdits edits,
      byte[] more,
      Persistence persistence,
      Framing framing) {
    begin(head.end() - head.start(), edits.added().length + more.length);
    int fields = head.fields();
    boolean upgrade = persistence == Persistence.UPGRADE;
    boolean dechunk = framing == Framing.UNTIL_CLOSE;
    int runStart = head.start();
    for (int n = 0; n < fields; n++) {
      if (dropsFromResponse(b, head, n, edits, upgrade, dechunk)) {
        copy(b, runStart, head.lineStart(n));
        runStart = head.lineStart(n + 1);
      }
    }
    copy(b, runStart, head.lineStart(fields));
    out[7] = '1'; // this hop speaks HTTP/1.1, whatever the endpoint does
    copy(edits.added());
    copy(more);
    if (framing == Framing.CHUNKED) {
      copy(CHUNKED);
    }
    switch (persistence) {
      case SILENT -> {}
      case KEEP_ALIVE -> copy(KEEP_ALIVE);
      case CLOSE -> copy(CLOSE);
      case UPGRADE -> copy(UPGRADE);
    }
    copy(CRLF);
    return length;
  }

  private static boolean dropsFromResponse(
      byte[] b, HeadParser head, int n, FieldEdits edits, boolean upgrade, boolean dechunk) {
    return switch (head.id(n)) {
      case Field.CONNECTION, Field.KEEP_ALIVE, Field.PROXY_CONNECTION -> true;
      case Field.UPGRADE -> !upgrade;
      case Field.X_WEIR_REASON -> true; // only Weir says this
      case Field.CONTENT_LENGTH -> false;
      case Field.TRANSFER_ENCODING, Field.TRAILER -> dechunk;
      default -> head.isNominated(b, n) || dropped(b, head, n, edits);
    };
  }

  private void begin(int headBytes, int addedBytes) {
    length = 0;
    reserved = 0;
    reserve(headBytes + addedBytes + FIXED_BYTES);
  }

  /** Room for that many bytes beside what there is room for already. */
  private void reserve(int more) {
    reserved += more;
    if (reserved > out.length) {
      out = Arrays.copyOf(out, Math.max(reserved, 2 * out.length));
    }
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
