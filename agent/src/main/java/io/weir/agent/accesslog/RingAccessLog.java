package io.weir.agent.accesslog;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rings that one thread looks at every so often, so that logging needs no signal from thread to
 * thread, and empties in batches.
 */
final class RingAccessLog implements AccessLog {
  /** Entries of one ring: a tenth of a second of a busy loop. */
  static final int CAPACITY = 8192;

  private static final Logger LOG = LoggerFactory.getLogger(RingAccessLog.class);
  private static final int BATCH = 1024;
  private static final int WRITE_BYTES = 1 << 16;
  private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long CLOSE_MILLIS = 5_000;
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LogSink sink;
  private final LineFormat format;
  private final int capacity;
  private final List<AccessRing> rings = new CopyOnWriteArrayList<>();
  private final LongAdder unwritten = new LongAdder();
  private final Thread writer;
  private volatile boolean closing;

  /** Writer thread only: the sink fails and that has been said. */
  private boolean failing;

  private RingAccessLog(LogSink sink, LineFormat format, int capacity) {
    this.sink = sink;
    this.format = format;
    this.capacity = capacity;
    writer = Thread.ofPlatform().name("weir-access-log").daemon().unstarted(this::run);
  }

  static RingAccessLog start(LogSink sink, AccessLogFormat format, int capacity) {
    RingAccessLog log = new RingAccessLog(sink, LineFormat.of(format), capacity);
    log.writer.start();
    return log;
  }

  @Override
  public Optional<AccessRing> ring() {
    AccessRing ring = new AccessRing(capacity);
    rings.add(ring);
    return Optional.of(ring);
  }

  @Override
  public long dropped() {
    long total = unwritten.sum();
    for (AccessRing ring : rings) {
      total += ring.dropped();
    }
    return total;
  }

  @Override
  public void close() {
    rings.forEach(AccessRing::close);
    closing = true;
    LockSupport.unpark(writer);
    try {
      writer.join(CLOSE_MILLIS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Lines lines = new Lines();
    long ticked = System.nanoTime();
    long reported = 0;
    while (true) {
      boolean last = closing;
      boolean any = pass(lines);
      if (last && !any) {
        break;
      }
      if (System.nanoTime() - ticked >= TICK_NANOS) {
        ticked = System.nanoTime();
        tick();
        reported = report(reported);
      }
      if (!closing) {
        LockSupport.parkNanos(any ? BUSY_NANOS : IDLE_NANOS);
      }
    }
    try {
      sink.close();
    } catch (IOException failure) {
      said(failure);
    }
  }

  /** Writes what there is; whether there was any. */
  private boolean pass(Lines lines) {
    int records = 0;
    boolean any = false;
    for (AccessRing ring : rings) {
      for (int n = ring.drain(format, lines, BATCH); n > 0; n = ring.drain(format, lines, BATCH)) {
        any = true;
        records += n;
        if (lines.length() >= WRITE_BYTES) {
          write(lines, records);
          records = 0;
        }
      }
    }
    if (records > 0) {
      write(lines, records);
    }
    return any;
  }

  private void write(Lines lines, int records) {
    try {
      sink.write(lines.toWrite());
      failing = false;
    } catch (IOException failure) {
      unwritten.add(records);
      said(failure);
    }
    lines.clear();
  }

  private void tick() {
    try {
      sink.tick();
    } catch (IOException failure) {
      said(failure);
    }
  }

  private long report(long reported) {
    long now = dropped();
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
