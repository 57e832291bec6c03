package io.weir.e2e.bench;

import java.nio.file.Path;

/**
 * A contender that serves.
 *
 * @param name the contender's
 * @param folder where its access log is, if it writes one
 * @param also closed after the process
 */
record Running(String name, Launched process, int port, Path folder, Closing also)
    implements AutoCloseable {
  /** Closes without an exception to declare. */
  interface Closing extends AutoCloseable {
    @Override
    void close();
  }

  ProcessTree tree() {
    return process.tree();
  }

  @Override
  public void close() {
    try (also) {
      process.close();
    }
  }
}
