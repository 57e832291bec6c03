package io.weir.controller.security;

import java.util.Locale;
import java.util.Optional;

/** What the holder of a certificate is. */
public enum Role {
  ADMIN,
  OPERATOR,
  VIEWER,
  AGENT,
  CONTROLLER;

  static Optional<Role> of(String text) {
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
}
