package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.proxy.Origin.Connection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Origins that are processes, one of which is killed under load. */
final class KilledOriginTest {
  private static final int CLIENTS = 32;

  private final List<Process> origins = new ArrayList<>();
  private final List<String> addresses = new ArrayList<>();
  private RunningPlane plane;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    plane = new RunningPlane(folder);
    for (int i = 0; i < 3; i++) {
      Process origin =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  OriginProgram.class.getName(),
                  "5000000")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      origins.add(origin);
      addresses.add(
          Objects.requireNonNull(
              new BufferedReader(
                      new InputStreamReader(origin.getInputStream(), StandardCharsets.UTF_8))
                  .readLine()));
    }
  }

  @AfterEach
  void stop() {
    plane.close();
    origins.forEach(Process::destroyForcibly);
  }

  @Test
  void losesNoIdempotentRequestAndIsLeftAlone() throws Exception {
    plane.serve(RunningPlane.pool(addresses.toArray(String[]::new)));
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        for (int i = 0; i < CLIENTS; i++) {
          String method = i % 2 == 0 ? "GET" : "DELETE";
          var _ = clients.submit(() -> load(method, over, answered, wrong));
        }
        awaitMore(answered, 500);
        String victim = addresses.getFirst();
        assertThat(plane.state(victim).requests()).isGreaterThan(50);
        Process killed = origins.getFirst().destroyForcibly();
        assertThat(killed.waitFor(10, TimeUnit.SECONDS)).isTrue();
        awaitMore(answered, 1_000);
        assertThat(plane.state(victim).ejection()).isNotNull();
        long failures = plane.state(victim).failures();
        assertThat(failures)
            .as("requests under way there are what it cost")
            .isLessThan(3 * CLIENTS);
        awaitMore(answered, 500);
        assertThat(plane.state(victim).failures()).isEqualTo(failures);
      } finally {
        over.set(true);
      }
    }
    assertThat(List.copyOf(wrong)).isEmpty();
  }

  private static void awaitMore(AtomicInteger count, int more) {
    int until = count.get() + more;
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .pollInterval(5, TimeUnit.MILLISECONDS)
        .until(() -> count.get() >= until);
  }

  private void load(
      String method, AtomicBoolean over, AtomicInteger answered, Queue<String> wrong) {
    try (Connection client = plane.connect()) {
      while (!over.get()) {
        client.send(method + " / HTTP/1.1\r\nHost: h\r\n\r\n");
        Origin.Head head = Objects.requireNonNull(client.head());
        String body = client.body(head, false);
        if (!head.line().startsWith("HTTP/1.1 200 ") || !body.equals("done")) {
          wrong.add(head + " " + body);
        }
        answered.incrementAndGet();
      }
    } catch (IOException | RuntimeException broken) {
      wrong.add(broken.toString());
    }
  }
}
