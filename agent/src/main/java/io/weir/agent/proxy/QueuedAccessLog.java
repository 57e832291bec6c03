package io.weir.agent.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A bounded queue to one thread that formats and writes in batches. */
final class QueuedAccessLog implements AccessLog {
  /** Records; about a second of a busy agent. */
  static final int CAPACITY = 65_536;

  private static final Logger LOG = LoggerFactory.getLogger(QueuedAccessLog.class);
  private static final int BATCH = 1024;
  private static final long CLOSE_MILLIS = 5_000;
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final AccessRecord WAKE =
      new AccessRecord(
          Instant.EPOCH, "", "", "", "", "", "", null, null, 0, 0, 0, null, null, 0, 0, 0, null);

  private final LogSink sink;
  private final AccessLogFormat format;
  private final BlockingQueue<AccessRecord> queue;
  private final LongAdder dropped = new LongAdder();
  private final Thread writer;
  private volatile boolean closing;

  /** Writer thread only: the sink fails and that has been said. */
  private boolean failing;

  private QueuedAccessLog(LogSink sink, AccessLogFormat format, int capacity) {
    this.sink = sink;
    this.format = format;
    queue = new ArrayBlockingQueue<>(capacity);
    writer = Thread.ofPlatform().name("weir-access-log").daemon().unstarted(this::run);
  }

  static QueuedAccessLog start(LogSink sink, AccessLogFormat format, int capacity) {
    QueuedAccessLog log = new QueuedAccessLog(sink, format, capacity);
    log.writer.start();
    return log;
  }

  @Override
  public void log(AccessRecord record) {
    if (closing || !queue.offer(record)) {
      dropped.increment();
    }
  }

  @Override
  public long dropped() {
    return dropped.sum();
  }

  @Override
  public void close() {
    closing = true;
    // Wakes the writer; when the queue is full it is awake. An interrupt would close its channel.
    var _ = queue.offer(WAKE);
    try {
      writer.join(CLOSE_MILLIS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<AccessRecord> batch = new ArrayList<>(BATCH);
    StringBuilder lines = new StringBuilder();
    long ticked = System.nanoTime();
    long reported = 0;
    while (!closing || !queue.isEmpty()) {
      AccessRecord first = take();
      if (first != null) {
        batch.add(first);
        queue.drainTo(batch, BATCH - 1);
        write(batch, lines);
        batch.clear();
      }
      if (System.nanoTime() - ticked >= TICK_NANOS) {
        ticked = System.nanoTime();
        tick();
        reported = report(reported);
      }
    }
    try {
      sink.close();
    } catch (IOException failure) {
      said(failure);
    }
  }

  private @Nullable AccessRecord take() {
    try {
      return closing ? queue.poll() : queue.poll(1, TimeUnit.SECONDS);
    } catch (InterruptedException stop) {
      closing = true;
      return queue.poll();
    }
  }

  @SuppressWarnings("ReferenceEquality") // one object stands for "look again"
  private void write(List<AccessRecord> batch, StringBuilder lines) {
    lines.setLength(0);
    for (AccessRecord record : batch) {
      if (record != WAKE) {
        format.append(record, lines);
      }
    }
    try {
      sink.write(ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.ISO_8859_1)));
      failing = false;
    } catch (IOException failure) {
      dropped.add(batch.size());
      said(failure);
    }
  }

  private void tick() {
    try {
      sink.tick();
    } catch (IOException failure) {
      said(failure);
    }
  }

  private long report(long reported) {
    long now = dropped.sum();
    if (now > reported) {
      LOG.atWarn().addKeyValue("dropped", now).log("access log drops records");
    }
    return now;
  }

  private void said(IOException failure) {
    if (!failing) {
      failing = true;
      LOG.atWarn().addKeyValue("reason", failure.toString()).log("access log cannot be written");
    }
  }
}
