package io.weir.controller.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedJournalTest extends JournalContract {
  @TempDir private Path dir;

  @Override
  Store open() {
    return EmbeddedStore.open(dir, "default");
  }
}
