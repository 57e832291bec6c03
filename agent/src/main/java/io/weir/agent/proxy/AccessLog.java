package io.weir.agent.proxy;

import java.io.IOException;
import java.nio.file.Path;

/** Where a line for every request goes. Thread-safe. */
public sealed interface AccessLog extends AutoCloseable permits AccessLog.Off, QueuedAccessLog {
  /** Never blocks: what cannot be written in time is dropped and counted. */
  void log(AccessRecord record);

  /** Records that were not written, since the start. */
  long dropped();

  /** Writes what is queued, for at most some seconds. Records after that are dropped. */
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
    return QueuedAccessLog.start(LogSink.file(file), format, QueuedAccessLog.CAPACITY);
  }

  static AccessLog stdout(AccessLogFormat format) throws IOException {
    return QueuedAccessLog.start(LogSink.stdout(), format, QueuedAccessLog.CAPACITY);
  }

  /** Nothing is recorded. */
  record Off() implements AccessLog {
    @Override
    public void log(AccessRecord record) {}

    @Override
    public long dropped() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
