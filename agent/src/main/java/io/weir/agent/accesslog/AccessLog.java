package io.weir.agent.accesslog;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where a line for every request, connection and flow goes. Thread-safe. */
public sealed interface AccessLog extends AutoCloseable permits AccessLog.Off, RingAccessLog {
  /** For one event loop, to log by; none when nothing is recorded. */
  Optional<AccessRing> ring();

  /** Records that were not written, since the start. */
  long dropped();

  /** Writes what is logged, for at most some seconds. What comes after that is dropped. */
  @Override
  void close();

  static AccessLog off() {
    return new Off();
  }

  /**
   * Appends to {@code file}; when it is moved away or removed a new one is begun within about a
   * second, so that rotating needs no signal.
   *
   * @throws IOException when it cannot be opened; the message says why
   */
  static AccessLog file(Path file, AccessLogFormat format) throws IOException {
    return RingAccessLog.start(LogSink.file(file), format, RingAccessLog.CAPACITY);
  }

  static AccessLog stdout(AccessLogFormat format) {
    return RingAccessLog.start(LogSink.stdout(), format, RingAccessLog.CAPACITY);
  }

  /** Nothing is recorded. */
  record Off() implements AccessLog {
    @Override
    public Optional<AccessRing> ring() {
      return Optional.empty();
    }

    @Override
    public long dropped() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
