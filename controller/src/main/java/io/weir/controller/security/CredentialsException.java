package io.weir.controller.security;

import org.jspecify.annotations.Nullable;

/** A certificate, key or authority that cannot be used; one sentence that names the file. */
public final class CredentialsException extends Exception {
  private static final long serialVersionUID = 1L;

  CredentialsException(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
