package io.weir.controller.store;

import io.weir.controller.store.EmbeddedFile.Event;
import io.weir.controller.store.EmbeddedFile.Events;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store in a file of this process, for clusters with one controller. A commit is written and
 * forced to disk before it returns; those that wait together are forced together. Revisions grow by
 * one; the last 10,000 (or 64 MiB) can be watched from. After a failed write, as on a full disk,
 * the next call opens the file again.
 */
public final class EmbeddedStore implements Store {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedStore.class);
  private static final int LOG_REVISIONS = 10_000;
  private static final int WATCH_BATCH = 100;

  /** Forced to disk together at most; a transaction may have 1.4 MB. */
  private static final int GROUP = 32;

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** While it opens nobody waits for it, and a process that gave up would only be started again. */
  private static final Duration OPENING = Duration.ofMinutes(1);

  private static final Duration WATCH_RETRY = Duration.ofSeconds(1);

  private final Path dir;
  private final String cluster;
  private final int logRevisions;
  private final String epoch;

  /**
   * The one thread that touches the file. A thread of our own, since an interrupt of a thread that
   * is inside a FileChannel closes the channel for everyone.
   */
  private final ExecutorService disk =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("weir-store-disk").factory());

  /** What waits for the disk. */
  private final BlockingQueue<Task<?>> waiting = new LinkedBlockingQueue<>();

  /** Of {@link #disk} only; null after a failure. */
  private @Nullable EmbeddedFile file;

  /** The epoch in the file is no longer {@link #epoch}. */
  private volatile boolean renewed;

  private final CompletableFuture<Change> changed = new CompletableFuture<>();

  private final Set<EmbeddedWatch> watches = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();

  /** The revision grew, or a watch closed. */
  private final Condition news = lock.newCondition();

  /** Guarded by {@link #lock}. */
  private long revision;

  /**
   * @throws StoreException when the directory cannot be used, with what to do about it
   */
  public static EmbeddedStore open(Path dir, String cluster) {
    return open(dir, cluster, LOG_REVISIONS);
  }

  static EmbeddedStore open(Path dir, String cluster, int logRevisions) {
    create(dir);
    return new EmbeddedStore(dir, cluster, logRevisions);
  }

  private EmbeddedStore(Path dir, String cluster, int logRevisions) {
    this.dir = dir;
    this.cluster = cluster;
    this.logRevisions = logRevisions;
    try {
      epoch = call(EmbeddedFile::epoch, OPENING);
    } catch (StoreException e) {
      disk.shutdown();
      throw e;
    }
  }

  private static void create(Path dir) {
    try {
      if (!Files.isDirectory(dir)) {
        // Configuration can hold secrets.
        Files.createDirectories(
            dir,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      if (!Files.isReadable(dir) || !Files.isWritable(dir) || !Files.isExecutable(dir)) {
        throw new AccessDeniedException(dir.toString());
      }
    } catch (AccessDeniedException e) {
      throw new StoreException(
          "this user may not read and write the data directory %s; change its owner or use another"
              .formatted(dir),
          e);
    } catch (FileAlreadyExistsException e) {
      throw new StoreException(
          "the data directory %s is not a directory; use another".formatted(dir), e);
    } catch (IOException e) {
      throw new StoreException(
          "the data directory %s cannot be made (%s); make it or use another"
              .formatted(dir, e.getMessage()),
          e);
    }
  }

  @Override
  public String epoch() {
    return epoch;
  }

  @Override
  public Listing list(String prefix) {
    return call(file -> file.list(prefix));
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return transaction
        .excess()
        .<CommitResult>map(CommitResult.TooLarge::new)
        .orElseGet(() -> call(file -> file.commit(transaction)));
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    EmbeddedWatch watch = new EmbeddedWatch(prefix, afterRevision, listener);
    watches.add(watch);
    Thread.ofVirtual().name("weir-store-watch " + prefix).start(watch);
    return watch;
  }

  @Override
  public void close() {
    watches.forEach(EmbeddedWatch::close);
    if (disk.isShutdown()) {
      return;
    }
    disk.execute(() -> {
      if (file != null) {
        file.close();
        file = null;
      }
    });
    disk.close();
  }

  @Override
  public void renewEpoch() {
    if (renewed) {
      return;
    }
    call(file -> {
      file.renewEpoch();
      return file.epoch();
    });
    renewed = true;
    changed.complete(Change.REPLACED);
  }

  @Override
  public CompletableFuture<Change> changed() {
    return changed.copy();
  }

  /** Something to be done with the file, and who waits for it. */
  private static final class Task<T> {
    private final Function<EmbeddedFile, T> operation;
    final CompletableFuture<T> answer = new CompletableFuture<>();

    Task(Function<EmbeddedFile, T> operation) {
      this.operation = operation;
    }

    /** Does it; to be told once it is durable. */
    Runnable run(EmbeddedFile file) {
      T result = operation.apply(file);
      return () -> answer.complete(result);
    }
  }

  private <T> T call(Function<EmbeddedFile, T> operation) {
    return call(operation, DEADLINE);
  }

  private <T> T call(Function<EmbeddedFile, T> operation, Duration deadline) {
    if (renewed) {
      throw new StoreException(
          "the store in %s has another epoch by now; open it anew".formatted(dir));
    }
    Task<T> task = new Task<>(operation);
    waiting.add(task);
    try {
      disk.execute(this::work);
    } catch (RejectedExecutionException e) {
      throw new StoreException("the store in %s is closed".formatted(dir), e);
    }
    try {
      return task.answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StoreException failure) {
        throw failure;
      }
      throw new StoreException("the store in %s failed: %s".formatted(dir, e.getCause()), e);
    } catch (TimeoutException e) {
      throw new StoreException(
          "the disk that holds %s did not answer within %d s; check it"
              .formatted(dir, deadline.toSeconds()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while waiting for the store in " + dir, e);
    }
  }

  /**
   * Does what waits, in its order, and answers all of it once all is on disk: what somebody reads
   * may have been written a moment before.
   */
  private void work() {
    List<Task<?>> group = new ArrayList<>();
    waiting.drainTo(group, GROUP);
    if (group.isEmpty()) {
      return;
    }
    List<Runnable> answers = new ArrayList<>();
    try {
      onDisk(group, answers);
    } catch (RuntimeException | Error e) {
      group.forEach(task -> task.answer.completeExceptionally(e));
      return;
    }
    answers.forEach(Runnable::run);
  }

  private void onDisk(List<Task<?>> group, List<Runnable> answers) {
    EmbeddedFile open = file;
    if (open == null) {
      open = EmbeddedFile.open(dir, cluster, logRevisions);
      file = open;
    }
    try {
      for (Task<?> task : group) {
        answers.add(task.run(open));
      }
      open.flush();
    } catch (MVStoreException e) {
      abandon(open);
      throw open.failed(e);
    } catch (RuntimeException e) {
      // What others did in the same group must not stay half done.
      abandon(open);
      throw e;
    }
    publish(open.revision());
  }

  private void abandon(EmbeddedFile failed) {
    file = null;
    failed.abandon();
  }

  private void publish(long reached) {
    lock.lock();
    try {
      revision = reached;
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private final class EmbeddedWatch implements Watch, Runnable {
    private final String prefix;
    private final WatchDelivery delivery;
    private long seen;

    EmbeddedWatch(String prefix, long afterRevision, WatchListener listener) {
      this.prefix = prefix;
      this.seen = afterRevision;
      this.delivery = new WatchDelivery(prefix, listener);
    }

    @Override
    public void run() {
      while (!delivery.isClosed()) {
        try {
          deliver(call(file -> file.eventsAfter(seen, WATCH_BATCH)));
          awaitNews();
        } catch (StoreException e) {
          log.atWarn()
              .addKeyValue("prefix", prefix)
              .addKeyValue("reason", e.getMessage())
              .log("watch cannot read the store, will try again");
          awaitRetry();
        }
      }
      watches.remove(this);
    }

    private void deliver(Events next) {
      switch (next) {
        case Events.Lost(String reason) -> delivery.lost(reason);
        case Events.Next(List<Event> events) -> {
          for (Event event : events) {
            List<Write> changes =
                event.writes().stream().filter(w -> w.key().startsWith(prefix)).toList();
            if (!changes.isEmpty()) {
              delivery.changes(event.revision(), changes);
            }
            seen = event.revision();
          }
        }
      }
    }

    private void awaitNews() {
      lock.lock();
      try {
        while (revision <= seen && !delivery.isClosed()) {
          news.awaitUninterruptibly();
        }
      } finally {
        lock.unlock();
      }
    }

    private void awaitRetry() {
      lock.lock();
      try {
        long left = WATCH_RETRY.toNanos();
        while (left > 0 && !delivery.isClosed()) {
          left = news.awaitNanos(left);
        }
      } catch (InterruptedException e) {
        // Nobody interrupts this thread; were it so, the watch just looks again at once.
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      delivery.close();
      lock.lock();
      try {
        news.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
