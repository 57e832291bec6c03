package io.weir.cli.pki;

import java.util.Locale;
import java.util.Optional;

/** What the holder of a certificate may do; the controller has the table. */
public enum Role {
  ADMIN,
  OPERATOR,
  VIEWER,
  AGENT,
  CONTROLLER;

  public static Optional<Role> of(String text) {
    for (Role role : values()) {
      if (role.label().equals(text)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }

  /** As it is written. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether others connect to it. */
  boolean serves() {
    return this == CONTROLLER;
  }
}
