package io.weir.controller.store;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Listing;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/**
 * The embedded store's file while it is open: three maps that change together. Not thread-safe.
 * After a failure {@link #abandon} it and open it again: what is on disk then is what counts.
 */
final class EmbeddedFile implements AutoCloseable {
  private static final String NAME = "store.mv";

  private static final String DAMAGED =
      "%s is damaged; restore it from a backup, or move it away to begin empty";

  /** In format 1 values had no checksum. */
  private static final String UNCHECKED = "1";

  private static final String FORMAT = "2";

  /** Event log bytes kept at most, whatever the number of revisions: it must not fill the disk. */
  private static final long LOG_BYTES = 64L << 20;

  /** A commit writes the pages it touches as a whole. */
  private static final int PAGE_BYTES = 4 << 10;

  /** How often, below what fill, and how much of the file is moved together, in revisions. */
  private static final int COMPACT_EVERY = 100;

  private static final int COMPACT_FILL_PERCENT = 60;
  private static final int COMPACT_BYTES = 1 << 20;

  private final Path path;
  private final int logRevisions;
  private final MVStore store;

  /** Key in UTF-8, so that the order is etcd's, to revision (8 bytes) and value. */
  private final MVMap<byte[], byte[]> entries;

  /** Revision to the writes that made it; its last key is the store's revision. */
  private final MVMap<Long, byte[]> log;

  private final String epoch;
  private long logBytes;

  /** Changed since the last {@link #flush}. */
  private boolean changed;

  private long compacted;

  private EmbeddedFile(Path path, String cluster, int logRevisions, MVStore store) {
    this.path = path;
    this.logRevisions = logRevisions;
    this.store = store;
    entries = store.openMap("entries", bytes());
    log =
        store.openMap(
            "log",
            new MVMap.Builder<Long, byte[]>()
                .keyType(LongDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
    epoch = identify(cluster);
    verify();
    for (Map.Entry<Long, byte[]> event : log.entrySet()) {
      logBytes += event.getValue().length;
    }
    compacted = revision();
  }

  private static MVMap.Builder<byte[], byte[]> bytes() {
    return new MVMap.Builder<byte[], byte[]>()
        .keyType(ByteArrayDataType.INSTANCE)
        .valueType(ByteArrayDataType.INSTANCE);
  }

  /** Opens the file in {@code dir}, or makes it. */
  static EmbeddedFile open(Path dir, String cluster, int logRevisions) {
    Path path = dir.resolve(NAME);
    MVStore store;
    try {
      store =
          new MVStore.Builder()
              .fileName(path.toString())
              .autoCommitDisabled()
              // Never in the midst of a transaction, however large what is not yet written is.
              .autoCommitBufferSize(0)
              .pageSplitSize(PAGE_BYTES)
              .open();
      // Space can be used again as soon as a commit has made it free, since every commit is forced
      // to disk; the default waits for 45 s, in which a busy writer fills gigabytes.
      store.setRetentionTime(0);
    } catch (MVStoreException | IllegalStateException e) {
      throw refused(path, e);
    } catch (IllegalArgumentException | IndexOutOfBoundsException | NegativeArraySizeException e) {
      throw damaged(path, e);
    }
    try {
      return new EmbeddedFile(path, cluster, logRevisions, store);
    } catch (MVStoreException e) {
      store.closeImmediately();
      throw refused(path, e);
    } catch (StoreException e) {
      store.closeImmediately();
      throw e;
    } catch (IllegalArgumentException | IndexOutOfBoundsException | NegativeArraySizeException e) {
      // What the file's own checks let pass.
      store.closeImmediately();
      throw damaged(path, e);
    }
  }

  /** A failure of any operation, as a sentence. */
  StoreException failed(MVStoreException e) {
    return refused(path, e);
  }

  private static StoreException refused(Path path, RuntimeException e) {
    int code = e instanceof MVStoreException known ? known.getErrorCode() : 0;
    String why =
        switch (code) {
          case DataUtils.ERROR_FILE_LOCKED ->
              "%s is in use by another process; stop it or use another data directory";
          case DataUtils.ERROR_FILE_CORRUPT,
              DataUtils.ERROR_CHUNK_NOT_FOUND,
              DataUtils.ERROR_SERIALIZATION,
              DataUtils.ERROR_UNKNOWN_DATA_TYPE ->
              DAMAGED;
          case DataUtils.ERROR_UNSUPPORTED_FORMAT ->
              "%s was written by another version of Weir; use that one, or move the file away to"
                  + " begin empty";
          default ->
              "%s cannot be read and written ("
                  + firstLine(e)
                  + "); check the disk, its free space, and that this user owns the file";
        };
    return new StoreException(why.formatted(path), e);
  }

  private static String firstLine(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("").replace("%", "%%");
  }

  /** The epoch, made with a new file; refuses what is not this cluster's. */
  private String identify(String cluster) {
    MVMap<byte[], byte[]> meta = store.openMap("meta", bytes());
    byte[] owner = meta.get(utf8("cluster"));
    if (owner == null) {
      meta.put(utf8("cluster"), utf8(cluster));
      meta.put(utf8("format"), utf8(FORMAT));
      meta.put(utf8("epoch"), utf8(UUID.randomUUID().toString()));
      store.commit();
      store.sync();
    } else if (Arrays.equals(meta.get(utf8("format")), utf8(UNCHECKED))) {
      addChecksums();
      meta.put(utf8("format"), utf8(FORMAT));
      store.commit();
      store.sync();
    } else if (!Arrays.equals(meta.get(utf8("format")), utf8(FORMAT))) {
      throw new StoreException(
          "%s was written by another version of Weir; use that one, or move the file away to begin empty"
              .formatted(path));
    } else if (!Arrays.equals(owner, utf8(cluster))) {
      throw new StoreException(
          "%s holds the data of cluster '%s', not of '%s'; use another data directory or cluster name"
              .formatted(path, new String(owner, StandardCharsets.UTF_8), cluster));
    }
    byte[] made = meta.get(utf8("epoch"));
    if (made == null) {
      throw damaged();
    }
    return new String(made, StandardCharsets.UTF_8);
  }

  private StoreException damaged() {
    return new StoreException(DAMAGED.formatted(path));
  }

  private static StoreException damaged(Path path, RuntimeException e) {
    return new StoreException(DAMAGED.formatted(path), e);
  }

  private void addChecksums() {
    for (Map.Entry<byte[], byte[]> entry : List.copyOf(entries.entrySet())) {
      entries.put(entry.getKey(), Checked.wrap(entry.getKey(), entry.getValue()));
    }
    for (Map.Entry<Long, byte[]> event : List.copyOf(log.entrySet())) {
      log.put(event.getKey(), Checked.wrap(number(event.getKey()), event.getValue()));
    }
  }

  /** All of it once, so that damage is found before anything is done with it. */
  private void verify() {
    long newest = revision();
    Cursor<byte[], byte[]> cursor = entries.cursor(null);
    while (cursor.hasNext()) {
      byte[] key = cursor.next();
      if (checked(key, cursor.getValue()).getLong() > newest) {
        throw damaged();
      }
    }
    for (Map.Entry<Long, byte[]> event : log.entrySet()) {
      checked(number(event.getKey()), event.getValue());
    }
  }

  private ByteBuffer checked(byte[] key, byte[] wrapped) {
    return Checked.unwrap(key, wrapped).orElseThrow(this::damaged);
  }

  private static byte[] number(long revision) {
    return ByteBuffer.allocate(Long.BYTES).putLong(revision).array();
  }

  String epoch() {
    return epoch;
  }

  long revision() {
    return log.isEmpty() ? 0 : log.lastKey();
  }

  Listing list(String prefix) {
    byte[] from = utf8(prefix);
    List<Entry> found = new ArrayList<>();
    Cursor<byte[], byte[]> cursor = entries.cursor(from);
    while (cursor.hasNext()) {
      byte[] key = cursor.next();
      if (!startsWith(key, from)) {
        break;
      }
      ByteBuffer value = checked(key, cursor.getValue());
      long revision = value.getLong();
      found.add(
          new Entry(new String(key, StandardCharsets.UTF_8), ByteString.copyFrom(value), revision));
    }
    return new Listing(revision(), found);
  }

  /** Durable, and visible to no other process, only after {@link #flush}. */
  CommitResult commit(Transaction transaction) {
    for (Expectation expectation : transaction.expectations()) {
      byte[] key = utf8(expectation.key());
      byte[] value = entries.get(key);
      long revision = value == null ? 0 : checked(key, value).getLong();
      if (revision != expectation.revision()) {
        return new CommitResult.Conflict();
      }
    }
    List<Write> effective =
        transaction.writes().stream()
            .filter(w -> w instanceof Write.Put || entries.containsKey(utf8(w.key())))
            .toList();
    long revision = revision();
    if (!effective.isEmpty()) {
      revision++;
      write(revision, effective);
    }
    return new CommitResult.Committed(revision);
  }

  private void write(long revision, List<Write> writes) {
    for (Write write : writes) {
      switch (write) {
        case Write.Put(String key, ByteString value) -> {
          ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + value.size()).putLong(revision);
          value.copyTo(bytes);
          byte[] name = utf8(key);
          entries.put(name, Checked.wrap(name, bytes.array()));
        }
        case Write.Delete(String key) -> entries.remove(utf8(key));
      }
    }
    byte[] event = Checked.wrap(number(revision), EventCodec.encode(writes));
    log.put(revision, event);
    logBytes += event.length;
    while (log.sizeAsLong() > 1 && (log.sizeAsLong() > logRevisions || logBytes > LOG_BYTES)) {
      byte[] removed = log.remove(log.firstKey());
      logBytes -= removed == null ? 0 : removed.length;
    }
    changed = true;
  }

  /** Forces to disk what was committed since the last time, in one go. */
  void flush() {
    if (!changed) {
      return;
    }
    store.commit();
    store.sync();
    changed = false;
    if (revision() - compacted >= COMPACT_EVERY) {
      store.compact(COMPACT_FILL_PERCENT, COMPACT_BYTES);
      store.commit();
      store.sync();
      compacted = revision();
    }
  }

  /** Gives the data another epoch, in the file; {@link #epoch} is of when it was opened. */
  void renewEpoch() {
    MVMap<byte[], byte[]> meta = store.openMap("meta", bytes());
    meta.put(utf8("epoch"), utf8(UUID.randomUUID().toString()));
    changed = true;
  }

  /** What a watch that has seen everything up to a revision gets next. */
  sealed interface Events {
    /** In order; empty when there is nothing newer. */
    record Next(List<Event> events) implements Events {}

    /** They cannot be had; {@code reason} says why. */
    record Lost(String reason) implements Events {}
  }

  record Event(long revision, List<Write> writes) {}

  /** Up to {@code limit} events. */
  Events eventsAfter(long revision, int limit) {
    if (revision > revision()) {
      return new Events.Lost(
          "%s is at revision %d only, not at %d; was it replaced?"
              .formatted(path, revision(), revision));
    }
    Long oldest = log.firstKey();
    if (oldest != null && revision + 1 < oldest) {
      return new Events.Lost(
          "compacted: changes after revision %d were asked for, kept are those from %d on"
              .formatted(revision, oldest));
    }
    List<Event> events = new ArrayList<>();
    Cursor<Long, byte[]> cursor = log.cursor(revision + 1);
    while (cursor.hasNext() && events.size() < limit) {
      long at = cursor.next();
      try {
        ByteBuffer event = checked(number(at), cursor.getValue());
        byte[] bytes = new byte[event.remaining()];
        event.get(bytes);
        events.add(new Event(at, EventCodec.decode(bytes)));
      } catch (IOException e) {
        throw damaged();
      }
    }
    return new Events.Next(events);
  }

  @Override
  public void close() {
    store.close();
  }

  /** Lets go of the file as it is on disk. */
  void abandon() {
    store.closeImmediately();
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
