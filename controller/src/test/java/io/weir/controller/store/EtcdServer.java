package io.weir.controller.store;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A real etcd of one member on loopback, to be crashed at will. */
public interface EtcdServer extends AutoCloseable {
  /** The same over the server's whole life. */
  URI endpoint();

  /** Ends it as a crash would; its data stay. */
  void kill();

  /** Starts it again after {@link #kill}, with the data it had; returns once it serves. */
  void restart();

  /** Ends it and leaves nothing behind. */
  @Override
  void close();

  private boolean serves() {
    try {
      HttpURLConnection http =
          (HttpURLConnection) endpoint().resolve("/health").toURL().openConnection();
      http.setConnectTimeout(1_000);
      http.setReadTimeout(1_000);
      return http.getResponseCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits until it answers that it has a leader. */
  default void awaitServing() {
    Awaitility.await("etcd at " + endpoint())
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(this::serves);
  }
}
