package io.weir.controller.store;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.Watch.Watcher;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.common.exception.EtcdException;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.weir.controller.store.EtcdStore.Standing;
import io.weir.controller.store.Store.Change;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch as a sequence of sessions: each is one jetcd watcher that starts behind the last
 * revision delivered and lasts until its first error. jetcd's own resuming is not used: once a
 * watcher is created it resumes from etcd's newest revision, which skips a backlog not yet
 * received.
 */
final class EtcdWatch implements Watch {
  private static final Logger log = LoggerFactory.getLogger(EtcdWatch.class);

  /** Received but not delivered; beyond either the session ends and a later one reads on. */
  private static final int QUEUED_RESPONSES = 1_000;

  private static final long QUEUED_BYTES = 64L << 20;

  /** A watch that says nothing for so long is asked whether it lives. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  /** So many questions without an answer, and it is dead. */
  private static final int QUESTIONS = 3;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LAST_PAUSE = Duration.ofSeconds(2);

  private final EtcdStore store;
  private final EtcdConnection connection;
  private final String prefix;
  private final WatchDelivery delivery;

  private final CountDownLatch closed = new CountDownLatch(1);

  /** Where {@link #close} finds the session to wake. */
  private final AtomicReference<@Nullable Session> current = new AtomicReference<>();

  /** Of the watch's own thread. */
  private long seen;

  private Duration pause = FIRST_PAUSE;
  private boolean interrupted;

  EtcdWatch(
      EtcdStore store,
      EtcdConnection connection,
      String prefix,
      long afterRevision,
      WatchDelivery delivery) {
    this.store = store;
    this.connection = connection;
    this.prefix = prefix;
    this.seen = afterRevision;
    this.delivery = delivery;
  }

  /** Returns when the watch is over. */
  void run() {
    while (!delivery.isClosed()) {
      String reason;
      try {
        reason = session();
      } catch (StoreException | EtcdException e) {
        reason = String.valueOf(e.getMessage());
      }
      if (!delivery.isClosed()) {
        if (!interrupted) {
          log.atWarn()
              .addKeyValue("prefix", prefix)
              .addKeyValue("revision", seen)
              .addKeyValue("reason", reason)
              .log("watch interrupted, resuming");
          interrupted = true;
        }
        pause();
      }
    }
  }

  private void pause() {
    try {
      if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; were it so, the watch just tries again sooner.
    }
    Duration next = pause.multipliedBy(2);
    pause = next.compareTo(LAST_PAUSE) < 0 ? next : LAST_PAUSE;
  }

  /** Watches until the first error, and says which. */
  private String session() {
    if (!sameData()) {
      return "";
    }
    WatchOption behind =
        WatchOption.builder()
            .isPrefix(true)
            .withRevision(seen + 1)
            .withRequireLeader(true)
            .withCreateNotify(true)
            .build();
    Session session = new Session();
    current.set(session);
    Client client = connection.client();
    try (Watcher watcher = client.getWatchClient().watch(store.below(prefix), behind, session)) {
      int unanswered = 0;
      while (!delivery.isClosed()) {
        switch (session.take()) {
          case Signal.Received(WatchResponse response, long bytes) -> {
            unanswered = 0;
            deliver(response);
            session.delivered(bytes);
          }
          case Signal.Silence() -> {
            if (!sameData()) {
              return "";
            }
            if (!client.equals(connection.client())) {
              return "its member of etcd gave no answer in time";
            }
            if (unanswered++ == QUESTIONS) {
              return "it is silent";
            }
            watcher.requestProgress();
          }
          case Signal.Failed(CompactedException e) ->
              delivery.lost(
                  "compacted: changes after revision %d were asked for, kept are those from %d on"
                      .formatted(seen, e.getCompactedRevision()));
          case Signal.Failed(Throwable e) -> {
            return String.valueOf(e.getMessage());
          }
          case Signal.Ended(String reason) -> {
            return reason;
          }
        }
      }
      return "";
    } finally {
      current.set(null);
    }
  }

  /**
   * Asks etcd, of whichever member, which also finds out when one is frozen. Ends the watch when
   * the data are others.
   */
  private boolean sameData() {
    Standing standing = store.standing();
    if (standing.epoch().equals(store.epoch()) && standing.revision() >= seen) {
      return true;
    }
    store.found(standing.epoch().equals(store.epoch()) ? Change.WENT_BACK : Change.REPLACED);
    delivery.lost(
        "%s holds other data than before: epoch '%s' at revision %d, was '%s' at %d"
            .formatted(
                connection.name(), standing.epoch(), standing.revision(), store.epoch(), seen));
    return false;
  }

  private void deliver(WatchResponse response) {
    if (interrupted) {
      log.atInfo().addKeyValue("prefix", prefix).addKeyValue("revision", seen).log("watch resumed");
      interrupted = false;
    }
    pause = FIRST_PAUSE;
    // A response holds whole revisions, and may hold many.
    SequencedMap<Long, List<Write>> transactions = new LinkedHashMap<>();
    for (WatchEvent event : response.getEvents()) {
      transactions
          .computeIfAbsent(event.getKeyValue().getModRevision(), r -> new ArrayList<>())
          .add(write(event));
    }
    transactions.forEach((revision, changes) -> {
      if (revision > seen) {
        delivery.changes(revision, List.copyOf(changes));
        seen = revision;
      }
    });
  }

  private Write write(WatchEvent event) {
    String key = store.key(event.getKeyValue());
    return switch (event.getEventType()) {
      case PUT -> new Write.Put(key, EtcdStore.value(event.getKeyValue()));
      case DELETE -> new Write.Delete(key);
      case UNRECOGNIZED -> throw new StoreException(connection.name() + " sent an unknown event");
    };
  }

  @Override
  public void close() {
    delivery.close();
    closed.countDown();
    Session session = current.get();
    if (session != null) {
      session.end("closed");
    }
  }

  private sealed interface Signal {
    record Received(WatchResponse response, long bytes) implements Signal {}

    record Silence() implements Signal {}

    record Failed(Throwable error) implements Signal {}

    record Ended(String reason) implements Signal {}
  }

  /** Takes what jetcd's threads bring to the watch's own thread. */
  private static final class Session implements io.etcd.jetcd.Watch.Listener {
    private final BlockingQueue<Signal> queue = new LinkedBlockingQueue<>();
    private final AtomicLong queued = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();

    @Override
    public void onNext(WatchResponse response) {
      if (over.get()) {
        return;
      }
      long bytes =
          response.getEvents().stream()
              .map(WatchEvent::getKeyValue)
              .mapToLong(entry -> entry.getKey().size() + entry.getValue().size())
              .sum();
      // One response is taken whatever its size, or there would be no way past it.
      boolean fits = queued.get() == 0 || queued.get() + bytes <= QUEUED_BYTES;
      if (fits && queue.size() < QUEUED_RESPONSES) {
        queued.addAndGet(bytes);
        queue.add(new Signal.Received(response, bytes));
      } else {
        end("the listener is slower than the changes come");
      }
    }

    void delivered(long bytes) {
      queued.addAndGet(-bytes);
    }

    @Override
    public void onError(Throwable throwable) {
      if (over.compareAndSet(false, true)) {
        queue.add(new Signal.Failed(throwable));
      }
    }

    @Override
    public void onCompleted() {
      end("the stream ended");
    }

    void end(String reason) {
      if (over.compareAndSet(false, true)) {
        queue.add(new Signal.Ended(reason));
      }
    }

    Signal take() {
      try {
        Signal signal = queue.poll(SILENCE.toMillis(), TimeUnit.MILLISECONDS);
        return signal == null ? new Signal.Silence() : signal;
      } catch (InterruptedException e) {
        // Nobody interrupts this thread; were it so, the next session goes on where this one was.
        return new Signal.Ended("interrupted");
      }
    }
  }
}
