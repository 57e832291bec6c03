package io.weir.agent.proxy;

/** Where a listener accepts, and what: makes two listeners of two snapshots the same one. */
record Bind(Kind kind, String host, int port) {
  enum Kind {
    HTTP,
    TCP,
    UDP
  }

  /** Both cannot be listened on at once. */
  boolean overlaps(Bind other) {
    return port == other.port
        && (kind == Kind.UDP) == (other.kind == Kind.UDP)
        && (host.equals(other.host) || isWildcard(host) || isWildcard(other.host));
  }

  private static boolean isWildcard(String host) {
    return host.equals("0.0.0.0") || host.equals("::") || host.equals("0:0:0:0:0:0:0:0");
  }

  /** The address. */
  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
