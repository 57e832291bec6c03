package io.weir.controller.security;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import io.weir.v1.AuditRecord;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps writes and refusals: one JSON object a line in a file that is moved aside when it is large,
 * and the newest of each kind in memory. Whoever records never waits; what comes too fast for the
 * file, and refusals and registrations beyond so many a second, are counted only. Safe from any
 * thread.
 */
public final class AuditLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().omittingInsignificantWhitespace().preservingProtoFieldNames();
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();

  private static final int WAITING = 4_096;
  private static final int KEPT = 2_000;
  private static final long MAX_FILE_BYTES = 16L << 20;
  private static final int FILES = 4;
  private static final double REFUSALS_PER_SECOND = 100;
  private static final double REFUSALS_AT_ONCE = 1_000;
  private static final double REGISTRATIONS_PER_SECOND = 20;
  private static final double REGISTRATIONS_AT_ONCE = 1_000;
  private static final String REGISTER = "weir.v1.AdminService/Register";

  private final Optional<Path> file;
  private final String controller;
  private final InstantSource clock;
  private final Rates refusalRate = new Rates(REFUSALS_PER_SECOND, REFUSALS_AT_ONCE);
  private final Rates registrationRate = new Rates(REGISTRATIONS_PER_SECOND, REGISTRATIONS_AT_ONCE);
  private final BlockingQueue<AuditRecord> waiting = new ArrayBlockingQueue<>(WAITING);
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writing;
  private volatile boolean closed;

  // Guarded by this.
  private final Deque<AuditRecord> writes = new ArrayDeque<>();
  private final Deque<AuditRecord> registrations = new ArrayDeque<>();
  private final Deque<AuditRecord> refusals = new ArrayDeque<>();

  // On the writing thread.
  private @Nullable BufferedWriter out;
  private long size;
  private boolean failing;

  private AuditLog(Optional<Path> file, String controller, InstantSource clock) {
    this.file = file;
    this.controller = controller;
    this.clock = clock;
    this.writing = Thread.ofPlatform().name("weir-audit").daemon().unstarted(this::write);
  }

  /**
   * Goes on with what is in the file.
   *
   * @param controller the id of the one that keeps it
   */
  public static AuditLog open(Optional<Path> file, String controller, InstantSource clock) {
    AuditLog audit = new AuditLog(file, controller, clock);
    file.ifPresent(audit::recall);
    audit.writing.start();
    return audit;
  }

  private void recall(Path from) {
    if (!Files.exists(from)) {
      return;
    }
    try (var lines = Files.lines(from, StandardCharsets.UTF_8)) {
      lines.forEach(line -> {
        AuditRecord.Builder record = AuditRecord.newBuilder();
        try {
          PARSER.merge(line, record);
          keep(record.build());
        } catch (InvalidProtocolBufferException e) {
          // The last line of a process that was killed.
          log.atDebug().setCause(e).log("a line of the audit log cannot be read");
        }
      });
    } catch (IOException | java.io.UncheckedIOException e) {
      log.atWarn().addKeyValue("file", from).setCause(e).log("the audit log cannot be read back");
    }
  }

  /** A call that changes something, or tried to. */
  void wrote(AuditRecord.Builder record) {
    if (record.getCall().equals(REGISTER) && registrationRate.take("", System.nanoTime()) > 0) {
      dropped.incrementAndGet();
      return;
    }
    take(record.setKind(AuditRecord.Kind.KIND_WRITE));
  }

  /** Somebody was not let do something. */
  void refused(AuditRecord.Builder record) {
    if (refusalRate.take("", System.nanoTime()) > 0) {
      dropped.incrementAndGet();
      return;
    }
    take(record.setKind(AuditRecord.Kind.KIND_REFUSAL));
  }

  private void take(AuditRecord.Builder record) {
    Instant now = clock.instant();
    AuditRecord done =
        record
            .setTime(
                Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()))
            .setController(controller)
            .build();
    keep(done);
    if (file.isPresent() && !waiting.offer(done)) {
      dropped.incrementAndGet();
    }
  }

  private synchronized void keep(AuditRecord record) {
    Deque<AuditRecord> kept = deque(record);
    kept.addFirst(record);
    if (kept.size() > KEPT) {
      kept.removeLast();
    }
  }

  /** What programs do pushes out nothing that people did. */
  private Deque<AuditRecord> deque(AuditRecord record) {
    if (record.getKind() == AuditRecord.Kind.KIND_REFUSAL) {
      return refusals;
    }
    return record.getCall().equals(REGISTER) ? registrations : writes;
  }

  /**
   * Newest first.
   *
   * @param refused refusals only
   */
  public synchronized List<AuditRecord> newest(boolean refused, int limit) {
    List<AuditRecord> all = new ArrayList<>(refusals);
    if (!refused) {
      all.addAll(writes);
      all.addAll(registrations);
    }
    all.sort(Comparator.comparing(AuditRecord::getTime, Timestamps.comparator()).reversed());
    return List.copyOf(all.subList(0, Math.min(limit, all.size())));
  }

  /** Records that were not kept, or not in the file. */
  public long dropped() {
    return dropped.get();
  }

  private void write() {
    try {
      while (!closed || !waiting.isEmpty()) {
        AuditRecord record = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (record != null) {
          append(record);
          if (waiting.isEmpty()) {
            flush();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      flush();
      shut();
    }
  }

  private void append(AuditRecord record) {
    try {
      BufferedWriter to = out();
      String line = JSON.print(record);
      to.write(line);
      to.write('\n');
      size += line.length() + 1;
      if (size > MAX_FILE_BYTES) {
        rotate();
      }
      failing = false;
    } catch (IOException e) {
      failed(e);
    }
  }

  private void flush() {
    try {
      if (out != null) {
        out.flush();
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  private void failed(IOException e) {
    dropped.incrementAndGet();
    shut();
    if (!failing) {
      failing = true;
      log.atError()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.toString())
          .log("the audit log cannot be written; going on without it");
    }
  }

  private BufferedWriter out() throws IOException {
    if (out != null) {
      return out;
    }
    Path to = file.orElseThrow();
    Path dir = to.toAbsolutePath().getParent();
    Files.createDirectories(dir);
    if (!Files.exists(to)) {
      Files.createFile(
          to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    size = Files.size(to);
    BufferedWriter fresh =
        Files.newBufferedWriter(to, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    if (size > 0 && isTorn(to)) {
      fresh.write('\n');
    }
    out = fresh;
    return fresh;
  }

  /** Whether its last line has no end, as of a process that was killed. */
  private static boolean isTorn(Path file) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      bytes.seek(bytes.length() - 1);
      return bytes.read() != '\n';
    }
  }

  private void rotate() throws IOException {
    shut();
    Path first = file.orElseThrow();
    for (int number = FILES - 1; number >= 1; number--) {
      Path from = number == 1 ? first : numbered(first, number - 1);
      if (Files.exists(from)) {
        Files.move(from, numbered(first, number), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static Path numbered(Path file, int number) {
    return file.resolveSibling(file.getFileName() + "." + number);
  }

  private void shut() {
    try {
      if (out != null) {
        out.close();
      }
    } catch (IOException e) {
      log.atDebug().setCause(e).log("closing the audit log failed");
    }
    out = null;
  }

  /** Writes what waits. */
  @Override
  public void close() {
    closed = true;
    try {
      writing.join(2_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
