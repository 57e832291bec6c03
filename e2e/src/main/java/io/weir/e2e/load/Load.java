package io.weir.e2e.load;

import io.weir.e2e.live.Await;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Keep-alive connections to every agent, each of which sends a request at a fixed rate, or as fast
 * as it is answered where that is slower. Every request counts in the window in which it began.
 */
public final class Load implements AutoCloseable {
  private static final int CONNECTIONS_PER_AGENT = 8;

  private static final Duration ANSWERED = Duration.ofSeconds(30);

  /** Every fifth request is a POST while {@link #mixed} is on. */
  private static final int POST_EVERY = 5;

  private final List<Thread> threads = new ArrayList<>();
  private final List<Window> windows = new ArrayList<>();
  private volatile Window window = new Window();
  private volatile boolean mixed;
  private volatile boolean closed;

  /**
   * Begins at once.
   *
   * @param requestsPerSecond over all connections
   */
  public Load(List<InetSocketAddress> agents, int requestsPerSecond) {
    windows.add(window);
    long period =
        Duration.ofSeconds(1).toNanos() * CONNECTIONS_PER_AGENT * agents.size() / requestsPerSecond;
    for (InetSocketAddress agent : agents) {
      for (int i = 0; i < CONNECTIONS_PER_AGENT; i++) {
        threads.add(Thread.ofVirtual().name("load").start(() -> run(agent, period)));
      }
    }
  }

  /**
   * Begins a new window and returns once every request of the one before has been answered, so that
   * what is done next happens to requests of the new window only.
   */
  public Window next() {
    Window before;
    Window next = new Window();
    synchronized (this) {
      before = window;
      windows.add(next);
      window = next;
    }
    Await.until("the requests under way to be answered", ANSWERED, before::complete);
    return next;
  }

  /** Whether some requests are POSTs with a body. */
  public void mixed(boolean on) {
    mixed = on;
  }

  public Window window() {
    return window;
  }

  /** Requests answered or failed in all windows. */
  public synchronized long requests() {
    return windows.stream().mapToLong(Window::requests).sum();
  }

  public int connections() {
    return threads.size();
  }

  public synchronized long failed() {
    return windows.stream().mapToLong(Window::failed).sum();
  }

  private void run(InetSocketAddress agent, long period) {
    try (var connection = new LoadConnection(agent)) {
      long due = System.nanoTime();
      for (long n = 0; !closed; n++) {
        Window current = enter();
        boolean idempotent = !(mixed && n % POST_EVERY == 0);
        long began = System.nanoTime();
        Answer answer = idempotent ? connection.get() : connection.post();
        long ended = System.nanoTime();
        current.record(answer, idempotent, began, ended);
        due = Math.max(due + period, ended - period);
        LockSupport.parkNanos(due - ended);
      }
    }
  }

  private Window enter() {
    while (true) {
      Window current = window;
      current.enter();
      if (current == window) {
        return current;
      }
      // It ended in between and may have been found complete.
      current.leave();
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
