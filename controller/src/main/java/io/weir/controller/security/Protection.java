package io.weir.controller.security;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a controller is protected.
 *
 * @param tls empty: it serves and speaks plaintext
 * @param insecurePlaintext plaintext not only on loopback
 * @param auditLog empty: the newest records are in memory only
 */
public record Protection(
    Optional<TlsFiles> tls, boolean insecurePlaintext, Optional<Path> auditLog, Limits limits) {
  /** Plaintext on loopback. */
  public static final Protection NONE =
      new Protection(Optional.empty(), false, Optional.empty(), Limits.DEFAULT);
}
