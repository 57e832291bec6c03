package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.weir.agent.model.Pool;
import io.weir.agent.proxy.Origin.Connection;
import io.weir.agent.proxy.Origin.Head;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients and origins that pipeline, split, stall, reset, half-close and lie, all at once; every
 * answer names the request that it is to. Longer by {@code -Dweir.abuse.seconds}, the same again by
 * {@code -Dweir.seed}.
 */
final class AbuseTest {
  private static final int CLIENTS = 24;

  @TempDir Path folder;

  private final long seed = Long.getLong("weir.seed", System.nanoTime());
  private final long seconds = Long.getLong("weir.abuse.seconds", 5);
  private final AtomicLong ids = new AtomicLong();
  private final AtomicLong answers = new AtomicLong();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void noAnswerGoesToAnotherRequestAndNothingLeaks() throws Exception {
    List<String> leaks;
    Duration wait = Duration.ofMillis(700);
    try (LeakWatch watch = new LeakWatch();
        RunningPlane plane = new RunningPlane(folder);
        Origin one = unreliable(seed + 1);
        Origin two = unreliable(seed + 2);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      String none = "127.0.0.1:" + RunningPlane.freePort();
      plane.serve(
          RunningPlane.pool(
              "p", new Pool.Timeouts(wait, wait, wait), 2, one.address(), two.address(), none));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random random = new Random(seed + 100 + i);
        running.add(
            clients.submit(() -> {
              while (System.nanoTime() < end) {
                abuse(plane, random);
              }
            }));
      }
      for (Future<?> client : running) {
        client.get();
      }
      Awaitility.await("seed " + seed)
          .atMost(20, TimeUnit.SECONDS)
          .until(() ->
              List.of(one.address(), two.address(), none).stream()
                  .allMatch(address -> plane.state(address).inFlight() == 0));
      leaks = watch.found();
    }
    System.out.printf(
        "abuse: %d requests, %d answers checked, seed %d%n", ids.get(), answers.get(), seed);
    assertThat(wrong).as("seed %d", seed).isEmpty();
    assertThat(leaks).as("seed %d", seed).isEmpty();
    assertThat(answers.get()).isGreaterThan(100);
  }

  /** Or the test above would see none. */
  @Test
  void aBufferThatIsLostIsNoticed() {
    for (ByteBufAllocator allocator :
        List.of(ByteBufAllocator.DEFAULT, PooledByteBufAllocator.DEFAULT)) {
      try (LeakWatch watch = new LeakWatch()) {
        lose(allocator);
        assertThat(watch.found()).hasSize(1);
      }
    }
  }

  private static void lose(ByteBufAllocator allocator) {
    allocator.directBuffer(100).writeByte(1);
  }

  private record Asked(String id, boolean head) {}

  /** One connection's life. */
  private void abuse(RunningPlane plane, Random random) {
    try (Connection client = plane.connect()) {
      client.socket.setSoTimeout(5_000);
      for (int burst = random.nextInt(4); burst >= 0; burst--) {
        List<Asked> asked = new ArrayList<>();
        StringBuilder bytes = new StringBuilder();
        for (int i = random.nextInt(5); i >= 0; i--) {
          asked.add(request(random, bytes));
        }
        if (random.nextInt(12) == 0) {
          bytes.append("GARBAGE\u0000\r\n\r\n");
        }
        int cut = random.nextInt(6) == 0 ? random.nextInt(bytes.length()) : bytes.length();
        pieces(client, bytes.substring(0, cut), random);
        if (cut < bytes.length() || random.nextInt(10) == 0) {
          leave(client, random);
          return;
        }
        if (random.nextInt(10) == 0) {
          client.socket.shutdownOutput();
        }
        for (Asked one : asked) {
          if (!answered(client, one)) {
            return;
          }
        }
      }
    } catch (IOException gone) {
      // As intended, on either side.
    }
  }

  private Asked request(Random random, StringBuilder to) {
    String id = "r" + ids.incrementAndGet();
    int kind = random.nextInt(8);
    String method = kind == 0 ? "HEAD" : kind < 3 ? "POST" : kind == 3 ? "PUT" : "GET";
    to.append(method).append(" /").append(id).append(" HTTP/1.1\r\nHost: h\r\n");
    String body = "x".repeat(random.nextInt(20) == 0 ? 200_000 : random.nextInt(2_000));
    if (method.startsWith("P") && random.nextBoolean()) {
      to.append("Content-Length: ").append(body.length()).append("\r\n\r\n").append(body);
    } else if (method.startsWith("P")) {
      to.append("Transfer-Encoding: chunked\r\n\r\n");
      for (int at = 0; at < body.length(); ) {
        int n = Math.min(body.length() - at, 1 + random.nextInt(5_000));
        to.append(Integer.toHexString(n)).append(";e=1\r\n").append(body, at, at + n);
        to.append("\r\n");
        at += n;
      }
      to.append("0\r\nT: ").append(id).append("\r\n\r\n");
    } else {
      to.append("\r\n");
    }
    return new Asked(id, method.equals("HEAD"));
  }

  private static void pieces(Connection client, String bytes, Random random) throws IOException {
    int pieces = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 1;
    int at = 0;
    for (int i = 0; i < pieces; i++) {
      int to = i == pieces - 1 ? bytes.length() : at + random.nextInt(bytes.length() - at + 1);
      client.send(bytes.substring(at, to));
      at = to;
    }
  }

  private static void leave(Connection client, Random random) throws IOException {
    if (random.nextBoolean()) {
      client.in.read();
    }
    if (random.nextBoolean()) {
      client.reset();
    }
  }

  /** Whether the connection is good for more. */
  private boolean answered(Connection client, Asked asked) throws IOException {
    Head head = client.head();
    while (head != null && head.line().startsWith("HTTP/1.1 1")) {
      head = client.head();
    }
    if (head == null) {
      return false;
    }
    String id = head.one("x-id");
    boolean ours = !head.all("x-weir-reason").isEmpty();
    if (!ours && !id.equals(asked.id())) {
      wrong.add(asked.id() + " was answered with " + head);
      return false;
    }
    String body = asked.head() ? "" : client.body(head, true);
    if (!ours && !asked.head() && !body.startsWith(asked.id() + " ")) {
      wrong.add(asked.id() + " was answered with the body " + body);
    }
    answers.incrementAndGet();
    return !head.all("connection").contains("close");
  }

  /** Answers well, badly, partly, early, late, or not at all, and says to what. */
  private static Origin unreliable(long seed) throws IOException {
    Random shared = new Random(seed);
    return new Origin(connection -> {
      Random random;
      synchronized (shared) {
        random = new Random(shared.nextLong());
      }
      for (Head head = connection.head(); head != null; head = connection.head()) {
        if (!answer(connection, head, random)) {
          return;
        }
      }
    });
  }

  private static boolean answer(Connection to, Head head, Random random) throws IOException {
    String line = Objects.requireNonNull(head).line();
    String id = line.substring(line.indexOf('/') + 1, line.lastIndexOf(' '));
    String body = id + " " + "b".repeat(random.nextInt(15) == 0 ? 300_000 : random.nextInt(500));
    if (line.startsWith("HEAD")) {
      to.send(
          "HTTP/1.1 200 OK\r\nX-Id: " + id + "\r\nContent-Length: " + body.length() + "\r\n\r\n");
      return true;
    }
    int what = random.nextInt(24);
    if (what != 0) {
      to.skipBody(head);
    }
    String start = "HTTP/1.1 200 OK\r\nX-Id: " + id + "\r\n";
    String whole = start + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    return switch (what) {
      case 0 -> {
        to.send("HTTP/1.1 413 No\r\nX-Id: " + id + "\r\nContent-Length: " + body.length());
        to.send("\r\n\r\n" + body);
        yield false;
      }
      case 1 -> {
        to.reset();
        yield false;
      }
      case 2 -> {
        to.send(whole.substring(0, 1 + random.nextInt(whole.length() - 1)));
        to.reset();
        yield false;
      }
      case 3 -> {
        to.send("garbage\r\n\r\n");
        yield false;
      }
      case 4 -> {
        to.rest(); // never
        yield false;
      }
      case 5 -> {
        to.send(start + "\r\n" + body); // until the end
        yield false;
      }
      case 6 -> {
        to.send(whole + "HTTP/1.1 200 OK\r\nX-Id: evil\r\nContent-Length: 4\r\n\r\nevil");
        yield true;
      }
      case 7, 8, 9 -> {
        StringBuilder chunks = new StringBuilder(start + "Transfer-Encoding: chunked\r\n\r\n");
        for (int at = 0; at < body.length(); ) {
          int n = Math.min(body.length() - at, 1 + random.nextInt(10_000));
          chunks.append(Integer.toHexString(n)).append("\r\n").append(body, at, at + n);
          chunks.append("\r\n");
          at += n;
        }
        to.send(chunks.append("0\r\n\r\n").toString());
        yield true;
      }
      case 10 -> {
        to.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Id: no\r\n\r\n");
        to.send(whole);
        yield true;
      }
      case 11 -> {
        to.send(whole);
        yield false; // without having said so
      }
      default -> {
        to.send(whole);
        yield true;
      }
    };
  }
}
