package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.balance.EndpointState;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Snapshot;
import io.weir.agent.proxy.Origin.Connection;
import io.weir.agent.proxy.Origin.Head;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnderLoadTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  @TempDir Path folder;
  private RunningPlane plane;

  @BeforeEach
  void start() throws IOException {
    plane = new RunningPlane(folder);
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private Snapshot weights(Origin a, Origin b, int weightA, int weightB) {
    Pool base = RunningPlane.pool(a.address(), b.address());
    List<Endpoint> endpoints =
        List.of(
            new Endpoint(a.address(), "127.0.0.1", a.port(), weightA, 0, false),
            new Endpoint(b.address(), "127.0.0.1", b.port(), weightB, 0, false));
    Pool pool =
        new Pool("p", endpoints, base.balance(), base.health(), base.timeouts(), base.retries());
    return plane.snapshot(List.of(plane.listener(0)), pool);
  }

  @Test
  void twoHundredSwapsLoseNoRequestAndNoConnection() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    try (Origin a = new Origin(Origin.named("a"));
        Origin b = new Origin(Origin.named("b"));
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      plane.apply(weights(a, b, 1, 1));
      List<Future<Integer>> running = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        running.add(clients.submit(() -> requests(over)));
      }
      for (int i = 0; i < 200; i++) {
        assertThat(plane.apply(weights(a, b, 1 + i % 5, i % 3))).isEmpty();
      }
      over.set(true);
      int sent = 0;
      for (Future<Integer> client : running) {
        sent += client.get(30, TimeUnit.SECONDS);
      }
      assertThat(a.heads.size() + b.heads.size()).isEqualTo(sent);
      assertThat(plane.logLines(sent)).hasSize(sent).allMatch(line -> line.endsWith(" -"));
      assertThat(plane.state(a.address()).inFlight()).isZero();
      assertThat(plane.state(b.address()).inFlight()).isZero();
    }
  }

  /** On one connection, which must last. */
  private int requests(AtomicBoolean over) throws IOException {
    int sent = 0;
    try (Connection client = plane.connect()) {
      while (!over.get()) {
        Head head = Objects.requireNonNull(client.send(GET).head());
        assertThat(head.line()).isEqualTo("HTTP/1.1 200 OK");
        client.body(head, false);
        sent++;
      }
    }
    return sent;
  }

  @Test
  void sharesFollowTheWeightsOverAllLoops() throws Exception {
    try (Origin a = new Origin(Origin.named("a"));
        Origin b = new Origin(Origin.named("b"))) {
      plane.apply(weights(a, b, 1, 2));
      for (int c = 0; c < 4; c++) {
        try (Connection client = plane.connect()) {
          for (int i = 0; i < 300; i++) {
            client.body(Objects.requireNonNull(client.send(GET).head()), false);
          }
        }
      }
      assertThat(a.heads.size()).isBetween(398, 402);
    }
  }

  @Test
  void aBigUploadToASlowOriginIsNotKeptInMemory() throws Exception {
    long size = 256L << 20;
    AtomicLong received = new AtomicLong();
    long peak = 0;
    try (Origin origin =
            new Origin(connection -> {
              connection.head();
              byte[] block = new byte[1 << 16];
              for (long left = size; left > 0; ) {
                int read = connection.in.read(block, 0, (int) Math.min(block.length, left));
                if (read < 0) {
                  return;
                }
                left -= read;
                received.addAndGet(read);
                // The slower side: what the client has sent beyond this must be somewhere.
                LockSupport.parkNanos(50_000);
              }
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            });
        Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n");
      byte[] block = new byte[1 << 16];
      for (long sent = 0; sent < size; sent += block.length) {
        client.out.write(block);
        peak = Math.max(peak, sent + block.length - received.get());
      }
      assertThat(client.body(Objects.requireNonNull(client.head()), false)).isEqualTo("ok");
      assertThat(received).hasValue(size);
      // Two kernels' socket buffers and two write queues, of some megabytes at most.
      assertThat(peak).isLessThan(32L << 20);
      assertThat(plane.logLines(1)).hasSize(1);
    }
  }

  @Test
  void anUploadIsHeldBackWhileTheOriginDoesNotRead() throws Exception {
    // Connections to it open, and nothing is ever read from them.
    try (ServerSocket stuck = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Connection client =
            plane.serve(RunningPlane.pool("127.0.0.1:" + stuck.getLocalPort())).connect()) {
      long heap = used();
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n");
      AtomicLong sent = new AtomicLong();
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                byte[] block = new byte[1 << 16];
                try {
                  while (sent.get() < 1_000_000_000L) {
                    client.out.write(block);
                    sent.addAndGet(block.length);
                  }
                } catch (IOException closed) {
                  // The test is over.
                }
              });
      // It comes to a stand: three looks a while apart see the same.
      long[] seen = {-1, -2};
      Awaitility.await()
          .pollInterval(300, TimeUnit.MILLISECONDS)
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> {
            boolean still = sent.get() > 0 && sent.get() == seen[0] && seen[0] == seen[1];
            seen[1] = seen[0];
            seen[0] = sent.get();
            return still;
          });
      assertThat(sent.get()).isLessThan(32L << 20);
      assertThat(used() - heap).isLessThan(64L << 20);
      assertThat(sender.isAlive()).isTrue();
    }
  }

  private static long used() {
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
        + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
  }

  @Test
  void whateverGoesWrongEveryRequestEndsOnce() throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Duration wait = Duration.ofSeconds(1);
    AtomicInteger sent = new AtomicInteger();
    try (Origin one = unreliable(seed + 1);
        Origin two = unreliable(seed + 2);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      String none = "127.0.0.1:" + RunningPlane.freePort();
      plane.serve(
          RunningPlane.pool(
              "p", new Pool.Timeouts(wait, wait, wait), 2, one.address(), two.address(), none));
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        Random random = new Random(seed + 100 + i);
        running.add(clients.submit(() -> unreliable(random, sent)));
      }
      for (Future<?> client : running) {
        client.get(100, TimeUnit.SECONDS);
      }
      List<EndpointState> states =
          List.of(plane.state(one.address()), plane.state(two.address()), plane.state(none));
      Awaitility.await("seed " + seed)
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> states.stream().allMatch(state -> state.inFlight() == 0));
      List<String> lines = plane.logLines(sent.get());
      assertThat(lines).as("seed %d", seed).hasSize(sent.get());
      long attempts = lines.stream().mapToLong(line -> Long.parseLong(fromEnd(line, 2))).sum();
      assertThat(states.stream().mapToLong(EndpointState::requests).sum())
          .as("seed %d", seed)
          .isEqualTo(attempts);
    }
  }

  private static String fromEnd(String line, int index) {
    String[] words = line.split(" ", -1);
    return words[words.length - 1 - index];
  }

  /** Answers well, badly, partly, early, or not at all. */
  private static Origin unreliable(long seed) throws IOException {
    Random random = new Random(seed);
    return new Origin(connection -> {
      for (Head head = connection.head(); head != null; head = connection.head()) {
        int what;
        synchronized (random) {
          what = random.nextInt(12);
        }
        if (what > 0) {
          connection.skipBody(head);
        }
        switch (what) {
          case 0 -> connection.send("HTTP/1.1 413 No\r\nContent-Length: 1\r\n\r\nx");
          case 1 -> {
            connection.reset();
            return;
          }
          case 2 -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\npart");
            connection.reset();
            return;
          }
          case 3 -> {
            connection.send("garbage\r\n\r\n");
            return;
          }
          case 4 -> {
            connection.rest(); // never
            return;
          }
          case 5 ->
              connection.send(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
          case 6 ->
              connection.send(
                  "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + "b".repeat(300_000));
          default -> connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
      }
    });
  }

  /** Sends, and leaves at any point; waits so long for each request that none is left unseen. */
  private void unreliable(Random random, AtomicInteger sent) {
    for (int i = 0; i < 40; i++) {
      try (Connection client = plane.connect()) {
        boolean post = random.nextBoolean();
        String body = "x".repeat(random.nextInt(100_000));
        client.send(
            post
                ? "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length() + "\r\n\r\n"
                : GET);
        sent.incrementAndGet();
        // Nothing says that a head has been read but what it causes, so a client that leaves does
        // so after something came back, or after the proxy has had the time to read it.
        int what = random.nextInt(4);
        if (post && what > 0) {
          client.send(body);
        }
        if (what == 1) {
          client.in.read();
          client.reset();
        } else if (what == 2) {
          client.in.read();
        } else {
          client.socket.shutdownOutput();
          client.rest();
        }
      } catch (IOException gone) {
        // As intended, on either side.
      }
    }
  }
}
