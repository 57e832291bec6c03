package io.weir.controller.store;

import static java.util.stream.Collectors.toMap;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Listing;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.WatchListener;
import io.weir.controller.store.Store.Write;
import io.weir.v1.Commit;
import io.weir.v1.JournalEntry;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * The one way configuration is written: each append changes config keys and records who did it, why
 * and what was there before, in one transaction. Appends are ordered by a guard, {@link #HEAD},
 * which holds the number of the last entry and lies below {@link #CONFIG}, so that one listing of
 * that prefix is a whole and consistent picture.
 *
 * <p>Keys: {@code config/<Kind>/<name>}, {@code config/head}, {@code journal/log/<number>} with the
 * number in 20 digits. Keys {@code config/found/<pool>} lie there, too, to be listed with the rest,
 * but are no configuration and are not written through here. Thread-safe; blocks and throws {@link
 * StoreException} as {@link Store} does.
 */
public final class Journal {
  /** What every config key begins with. */
  public static final String CONFIG = "config/";

  /** The guard; below {@link #CONFIG} but no config key. */
  public static final String HEAD = CONFIG + "head";

  /** Config writes in one append at most: the guard, the entry and the trim take the rest. */
  public static final int MAX_WRITES = Store.MAX_WRITES - 3;

  static final String LOG = "journal/log/";

  /** Why nothing can be read or written for now. */
  static final String IMPORTING =
      "an import into the store is under way, or broke off; nothing of it is in effect: wait for"
          + " it, or import again";

  private static final int ID_BYTES = 16;

  private final Store store;
  private final int kept;
  private final RandomGenerator random;

  /** With ids of entries from the machine's own randomness. */
  public Journal(Store store, int kept) {
    this(store, kept, new SecureRandom());
  }

  /**
   * @param kept how many of the newest entries stay, at least 1. Lowering it later leaves what lies
   *     further back in the store, unused.
   * @param random for the ids of entries; used under a lock of its own
   */
  public Journal(Store store, int kept, RandomGenerator random) {
    if (kept < 1) {
      throw new IllegalArgumentException("a journal keeps at least 1 entry, not " + kept);
    }
    this.store = store;
    this.kept = kept;
    this.random = random;
  }

  /**
   * The configuration as of one revision.
   *
   * @param revision the store's when it was read; the place to watch from
   * @param headRevision of the last append, 0 before the first
   * @param head number of the last append, 0 before the first
   * @param config by key, without {@link #HEAD}
   */
  public record State(
      long revision, long headRevision, long head, SortedMap<String, Entry> config) {
    public State {
      config = Collections.unmodifiableSortedMap(new TreeMap<>(config));
    }
  }

  /**
   * Who wrote, why and when.
   *
   * @param authenticated the author is what a certificate says
   * @param peer where from, "address:port"; empty: from a controller itself
   */
  public record Authorship(
      String author, String message, Instant time, boolean authenticated, String peer) {
    /** As claimed, or by a controller itself. */
    public Authorship(String author, String message, Instant time) {
      this(author, message, time, false, "");
    }
  }

  /** An entry of the journal and the revision its append made. */
  public record Recorded(long revision, JournalEntry entry) {
    /** With its revision. */
    public Commit commit() {
      return entry.getCommit().toBuilder().setRevision(revision).build();
    }
  }

  /** What can be said of the configuration at an earlier revision. */
  public sealed interface Past {
    /** By key; entries have the revisions they had then. */
    record Known(SortedMap<String, Entry> config) implements Past {
      public Known {
        config = Collections.unmodifiableSortedMap(new TreeMap<>(config));
      }
    }

    /** The history reaches back to {@code oldest} only; 0: there is none. */
    record Forgotten(long oldest) implements Past {}

    /** The store is at {@code newest}. */
    record Future(long newest) implements Past {}
  }

  /**
   * The configuration now.
   *
   * @throws StoreException also while another store's data are imported
   */
  public State read() {
    Listing listing = store.list(CONFIG);
    TreeMap<String, Entry> config = new TreeMap<>();
    long headRevision = 0;
    long head = 0;
    for (Entry entry : listing.entries()) {
      if (entry.key().equals(Transfer.MARKER)) {
        throw new StoreException(IMPORTING);
      }
      if (entry.key().equals(HEAD)) {
        headRevision = entry.revision();
        head = number(entry);
      } else {
        config.put(entry.key(), entry);
      }
    }
    return new State(listing.revision(), headRevision, head, config);
  }

  /**
   * Writes on top of {@code seen}, or conflicts when anything was appended since: read again.
   *
   * @param writes at least one, all to config keys; more than {@link #MAX_WRITES}, or too many
   *     bytes together with what they replace, are too large
   */
  public CommitResult append(
      State seen, Authorship authorship, List<Write> writes, List<Commit.Change> changes) {
    return append(seen, authorship, writes, changes, Along.NOTHING);
  }

  /**
   * What goes with an append, in the same transaction.
   *
   * @param rollout the number by which the change went out; 0: to all at once
   */
  public record Along(long rollout, List<Expectation> expectations, List<Write> writes) {
    public static final Along NOTHING = new Along(0, List.of(), List.of());

    public Along {
      expectations = List.copyOf(expectations);
      writes = List.copyOf(writes);
    }
  }

  /** As {@link #append(State, Authorship, List, List)}, together with {@code along}. */
  public CommitResult append(
      State seen,
      Authorship authorship,
      List<Write> writes,
      List<Commit.Change> changes,
      Along along) {
    if (writes.isEmpty()) {
      throw new IllegalArgumentException("an append needs at least one write");
    }
    if (writes.size() + along.writes().size() > MAX_WRITES) {
      return new CommitResult.TooLarge(
          "%d resources are more than the %d that fit in one write"
              .formatted(writes.size(), MAX_WRITES));
    }
    long number = seen.head() + 1;
    JournalEntry entry = entry(seen, authorship, writes, changes, along.rollout());
    List<Write> all = new ArrayList<>(writes.size() + 3);
    all.addAll(writes);
    all.addAll(along.writes());
    all.add(new Write.Put(HEAD, ByteString.copyFromUtf8(Long.toString(number))));
    all.add(new Write.Put(key(number), entry.toByteString()));
    if (number > kept) {
      all.add(new Write.Delete(key(number - kept)));
    }
    List<Expectation> expectations = new ArrayList<>(along.expectations());
    expectations.add(new Expectation(HEAD, seen.headRevision()));
    return store.commit(new Transaction(expectations, all));
  }

  private JournalEntry entry(
      State seen,
      Authorship authorship,
      List<Write> writes,
      List<Commit.Change> changes,
      long rollout) {
    Instant time = authorship.time();
    Timestamp written =
        Timestamp.newBuilder().setSeconds(time.getEpochSecond()).setNanos(time.getNano()).build();
    JournalEntry.Builder entry = JournalEntry.newBuilder().setId(id());
    entry
        .getCommitBuilder()
        .setTime(written)
        .setAuthor(authorship.author())
        .setMessage(authorship.message())
        .setAuthenticated(authorship.authenticated())
        .setPeer(authorship.peer())
        .setFromRevision(seen.headRevision())
        .setRollout(rollout)
        .addAllChanges(changes);
    for (Write write : writes) {
      if (!write.key().startsWith(CONFIG) || write.key().equals(HEAD)) {
        throw new IllegalArgumentException(write.key() + " is not a config key");
      }
      JournalEntry.Before.Builder before = entry.addBeforeBuilder().setKey(write.key());
      Entry replaced = seen.config().get(write.key());
      if (replaced != null) {
        before.setValue(replaced.value()).setRevision(replaced.revision());
      }
    }
    return entry.build();
  }

  private ByteString id() {
    byte[] id = new byte[ID_BYTES];
    synchronized (random) {
      random.nextBytes(id);
    }
    return ByteString.copyFrom(id);
  }

  /** Newest first. */
  public List<Recorded> entries(int limit) {
    return entries(limit, entry -> true);
  }

  /** Those that wrote {@code key}, newest first. */
  public List<Recorded> entries(int limit, String key) {
    return entries(
        limit, entry -> entry.getBeforeList().stream().anyMatch(b -> b.getKey().equals(key)));
  }

  private List<Recorded> entries(int limit, Predicate<JournalEntry> wanted) {
    List<Recorded> found = new ArrayList<>();
    Backwards backwards = new Backwards(read().head());
    while (found.size() < limit) {
      Optional<Recorded> next = backwards.next();
      if (next.isEmpty()) {
        break;
      }
      next.filter(recorded -> wanted.test(recorded.entry())).ifPresent(found::add);
    }
    return List.copyOf(found);
  }

  /**
   * The configuration once {@code revision} was written, by undoing what was appended since. Known
   * when the history holds an entry at or before it, or reaches back to the first one.
   */
  public Past at(long revision) {
    State now = read();
    if (revision > now.revision()) {
      return new Past.Future(now.revision());
    }
    TreeMap<String, Entry> config = new TreeMap<>(now.config());
    Backwards backwards = new Backwards(now.head());
    long oldest = 0;
    while (backwards.number > 0) {
      Optional<Recorded> next = backwards.next();
      if (next.isEmpty()) {
        return new Past.Forgotten(oldest);
      }
      Recorded recorded = next.get();
      if (recorded.revision() <= revision) {
        break;
      }
      oldest = recorded.revision();
      undo(recorded.entry(), config);
    }
    return new Past.Known(config);
  }

  static void undo(JournalEntry entry, SortedMap<String, Entry> config) {
    for (JournalEntry.Before before : entry.getBeforeList()) {
      if (before.hasValue()) {
        config.put(
            before.getKey(), new Entry(before.getKey(), before.getValue(), before.getRevision()));
      } else {
        config.remove(before.getKey());
      }
    }
  }

  /**
   * Watches config keys: as {@link Store#watch} below {@link #CONFIG} but without the guard's own
   * changes, so that each append is one call.
   */
  public Watch watch(long afterRevision, WatchListener listener) {
    return store.watch(
        CONFIG,
        afterRevision,
        new WatchListener() {
          @Override
          public void onChanges(long revision, List<Write> changes) {
            List<Write> config = changes.stream().filter(w -> !w.key().equals(HEAD)).toList();
            if (!config.isEmpty()) {
              listener.onChanges(revision, config);
            }
          }

          @Override
          public void onLost(String reason) {
            listener.onLost(reason);
          }
        });
  }

  static String key(long number) {
    return LOG + "%020d".formatted(number);
  }

  private static long number(Entry head) {
    try {
      return Long.parseLong(head.value().toStringUtf8());
    } catch (NumberFormatException e) {
      throw new StoreException(
          "the store's key %s holds no number; restore the store from a backup".formatted(HEAD), e);
    }
  }

  /** Walks the log from an entry down, as long as one follows the other and is kept. */
  private final class Backwards {
    /** The entry that comes next. */
    private long number;

    private final long last;
    private SortedMap<String, Entry> block = new TreeMap<>();

    Backwards(long head) {
      number = head;
      last = Math.max(1, head - kept + 1);
    }

    Optional<Recorded> next() {
      if (number < last) {
        return Optional.empty();
      }
      Entry entry = block.get(key(number));
      if (entry == null) {
        // Ten entries are at most 10 MiB; the whole log could be a hundred times that.
        String prefix = key(number).substring(0, key(number).length() - 1);
        block =
            store.list(prefix).entries().stream()
                .collect(toMap(Entry::key, e -> e, (a, b) -> b, TreeMap::new));
        entry = block.get(key(number));
        if (entry == null) {
          return Optional.empty();
        }
      }
      number--;
      return Optional.of(parse(entry));
    }

    private static Recorded parse(Entry entry) {
      try {
        return new Recorded(entry.revision(), JournalEntry.parseFrom(entry.value()));
      } catch (InvalidProtocolBufferException e) {
        throw new StoreException(
            "the store's key %s holds no journal entry; restore the store from a backup"
                .formatted(entry.key()),
            e);
      }
    }
  }
}
