package io.weir.controller;

/** The controller cannot start; the message is one sentence for the operator. */
public final class StartupException extends Exception {
  private static final long serialVersionUID = 1L;

  public StartupException(String message, Throwable cause) {
    super(message, cause);
  }
}
