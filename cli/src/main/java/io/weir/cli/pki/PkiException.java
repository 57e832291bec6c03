package io.weir.cli.pki;

import org.jspecify.annotations.Nullable;

/** One sentence for whoever typed the command. */
public final class PkiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PkiException(String sentence) {
    this(sentence, null);
  }

  PkiException(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
