package io.weir.controller.provision;

/** Addresses of endpoints. */
public final class Addresses {
  private Addresses() {}

  /** "host:port", or "[address]:port" of IPv6. */
  public static String of(String ip, int port) {
    return (ip.indexOf(':') < 0 ? ip : "[" + ip + "]") + ":" + port;
  }
}
