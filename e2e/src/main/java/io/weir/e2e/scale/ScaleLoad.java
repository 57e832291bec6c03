package io.weir.e2e.scale;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.random.RandomGenerator.SplittableGenerator;

/**
 * Clients of both agents: so many requests under way at a time, some of them long and some that may
 * not be repeated, and streams that stay open. Every one of them counts, and why it failed.
 */
final class ScaleLoad implements AutoCloseable {
  private static final int STREAMS = 8;
  private static final Duration PING = Duration.ofMillis(200);
  private static final Duration IDLE = Duration.ofMillis(20);

  /** Of {@link #LONG_EVERY} requests one takes this long, ms. */
  private static final int LONG_EVERY = 8;

  private static final int LONG_FROM = 2_000;
  private static final int LONG_TO = 3_000;
  private static final int SHORT_FROM = 20;
  private static final int SHORT_TO = 200;
  private static final int STREAM_FROM = 1_500;
  private static final int STREAM_TO = 4_000;

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong streams = new AtomicLong();
  private final Map<String, Long> failures = new TreeMap<>();
  private volatile int wanted;
  private volatile boolean closed;

  /** Begins with the streams alone. */
  ScaleLoad(List<InetSocketAddress> agents, int most) {
    SplittableGenerator random = SplittableGenerator.of("L64X128MixRandom");
    for (int i = 0; i < most; i++) {
      int number = i;
      RandomGenerator own = random.split();
      threads.add(
          Thread.ofVirtual().start(() -> work(agents.get(number % agents.size()), number, own)));
    }
    for (int i = 0; i < STREAMS; i++) {
      InetSocketAddress agent = agents.get(i % agents.size());
      RandomGenerator own = random.split();
      threads.add(Thread.ofVirtual().start(() -> stream(agent, own)));
    }
  }

  /** So many requests are under way from now on. */
  void underWay(int count) {
    wanted = count;
  }

  int underWay() {
    return wanted;
  }

  /** Streams among them. */
  long requests() {
    return requests.get();
  }

  long streams() {
    return streams.get();
  }

  synchronized long failed() {
    return failures.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How often, by reason. */
  synchronized Map<String, Long> failures() {
    return new TreeMap<>(failures);
  }

  private synchronized void count(Optional<String> failure) {
    requests.incrementAndGet();
    failure.ifPresent(why -> failures.merge(why, 1L, Long::sum));
  }

  private void work(InetSocketAddress agent, int number, RandomGenerator random) {
    try (ScaleClient client = new ScaleClient(agent)) {
      while (!closed) {
        if (number >= wanted) {
          // Or the agent would close it some time, perhaps just when it is used again.
          client.close();
          LockSupport.parkNanos(IDLE.toNanos());
          continue;
        }
        boolean isLong = random.nextInt(LONG_EVERY) == 0;
        int millis =
            isLong ? random.nextInt(LONG_FROM, LONG_TO) : random.nextInt(SHORT_FROM, SHORT_TO);
        count(client.work(millis, random.nextBoolean()));
      }
    }
  }

  private void stream(InetSocketAddress agent, RandomGenerator random) {
    try (ScaleClient client = new ScaleClient(agent)) {
      while (!closed) {
        Optional<String> failure = client.upgrade();
        long end =
            System.nanoTime() + Duration.ofMillis(random.nextInt(STREAM_FROM, STREAM_TO)).toNanos();
        while (failure.isEmpty() && System.nanoTime() - end < 0 && !closed) {
          failure = client.ping();
          LockSupport.parkNanos(PING.toNanos());
        }
        client.close();
        streams.incrementAndGet();
        count(failure);
        if (failure.isPresent()) {
          LockSupport.parkNanos(IDLE.toNanos());
        }
      }
    }
  }

  /** Returns once every request has been answered. */
  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
