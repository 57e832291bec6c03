package io.weir.cli.admin;

import java.util.Optional;

/**
 * A controller and how to talk to it.
 *
 * @param tls empty: in plaintext
 */
public record Destination(HostPort address, Optional<TlsFiles> tls) {
  @Override
  public String toString() {
    return address.toString();
  }
}
