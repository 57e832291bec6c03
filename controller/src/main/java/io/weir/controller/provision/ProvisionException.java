package io.weir.controller.provision;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A provider did not do as told; the message is a sentence for an operator, without secrets. */
public final class ProvisionException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean retryable;
  private final long retryAfterNanos;
  private final int status;

  public ProvisionException(String message, boolean retryable) {
    this(message, retryable, Optional.empty(), 0, null);
  }

  public ProvisionException(String message, boolean retryable, Throwable cause) {
    this(message, retryable, Optional.empty(), 0, cause);
  }

  /**
   * @param retryAfter what the provider asked for
   * @param status of its HTTP answer; 0: there was none
   */
  public ProvisionException(
      String message,
      boolean retryable,
      Optional<Duration> retryAfter,
      int status,
      @Nullable Throwable cause) {
    super(message, cause);
    this.retryable = retryable;
    this.status = status;
    this.retryAfterNanos = retryAfter.map(Duration::toNanos).orElse(-1L);
  }

  /** Whether the same order can succeed later without anybody changing something. */
  public boolean retryable() {
    return retryable;
  }

  /** How long the provider wants to be left alone at least; at most an hour. */
  public Optional<Duration> retryAfter() {
    return retryAfterNanos < 0 ? Optional.empty() : Optional.of(Duration.ofNanos(retryAfterNanos));
  }

  /** Of the provider's HTTP answer; 0: there was none. */
  public int status() {
    return status;
  }
}
