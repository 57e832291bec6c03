package io.weir.agent.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.proxy.Origin.Connection;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that leave, by halves or wholly, while their answer is under way. */
@Timeout(30)
final class DepartedClientTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final Duration WATCHED = Duration.ofMillis(400);

  private final CountDownLatch rest = new CountDownLatch(1);
  private RunningPlane plane;
  private Origin origin;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    plane = new RunningPlane(folder);
    origin =
        new Origin(
            Origin.each((head, connection) -> {
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
              try {
                rest.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              connection.send("half");
            }));
    plane.serve(RunningPlane.pool(origin.address()));
  }

  @AfterEach
  void stop() throws IOException {
    rest.countDown();
    origin.close();
    plane.close();
  }

  @Test
  void aClientThatClosesItsSideDuringItsLastAnswerIsClosedAfterIt() throws IOException {
    try (Connection client = plane.connect()) {
      client.send(GET);
      readHalf(client);
      client.socket.shutdownOutput();
      rest.countDown();
      // Not after the time that a connection may be idle, which is longer than this test may take.
      assertThat(client.rest()).isEqualTo("half");
    }
  }

  /**
   * The kernel goes on to report the end of a connection for as long as it is open, and nothing is
   * read from or written to this one before the origin goes on.
   */
  @Test
  void aClientThatIsGoneDoesNotKeepTheLoopBusy() throws IOException {
    Connection client = plane.connect();
    client.send(GET);
    readHalf(client);
    client.socket.shutdownOutput();
    assertThat(loopTimeWhileWatched()).isLessThan(WATCHED.dividedBy(8));
    client.reset();
    assertThat(loopTimeWhileWatched()).isLessThan(WATCHED.dividedBy(8));
  }

  private static void readHalf(Connection client) throws IOException {
    client.head();
    assertThat(new String(client.in.readNBytes(4), US_ASCII)).isEqualTo("half");
  }

  /** CPU time that all event loops of this process have taken in a while. */
  private static Duration loopTimeWhileWatched() {
    Duration before = loopTime();
    long end = System.nanoTime() + WATCHED.toNanos();
    Awaitility.await().pollInterval(WATCHED).until(() -> System.nanoTime() >= end);
    return loopTime().minus(before);
  }

  private static Duration loopTime() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Duration.ofNanos(
        Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
            .filter(thread -> thread != null && thread.getThreadName().contains("eventloop"))
            .mapToLong(thread -> Math.max(0, threads.getThreadCpuTime(thread.getThreadId())))
            .sum());
  }
}
