package io.weir.agent.http1;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/**
 * What one client connection adds to the forwarding fields of its requests, as bytes ready to copy;
 * made when the connection is accepted and when its listener's config has changed.
 */
public final class Forwarding {
  private final byte[] node;
  private final byte[] forwarded;
  private final byte[] port;
  private final boolean replace;

  /**
   * @param client the peer
   * @param trustedHops with 0 fields that came with a request are dropped, otherwise added to
   */
  public Forwarding(InetAddress client, int listenerPort, int trustedHops) {
    String host = client.getHostAddress();
    int zone = host.indexOf('%');
    String plain = zone < 0 ? host : host.substring(0, zone);
    // RFC 7239 section 6: IPv6 in brackets and quoted.
    String quoted = client instanceof Inet6Address ? "\"[" + plain + "]\"" : plain;
    node = ascii(plain);
    forwarded = ascii("for=" + quoted);
    port = ascii(Integer.toString(listenerPort));
    replace = trustedHops == 0;
  }

  /** The client as X-Forwarded-For names it. */
  byte[] node() {
    return node;
  }

  /** The client as Forwarded names it, {@code for=…}. */
  byte[] forwarded() {
    return forwarded;
  }

  /** Of everything above together. */
  int length() {
    return node.length + forwarded.length + port.length;
  }

  byte[] port() {
    return port;
  }

  boolean replace() {
    return replace;
  }

  private static byte[] ascii(String s) {
    return s.getBytes(StandardCharsets.US_ASCII);
  }
}
