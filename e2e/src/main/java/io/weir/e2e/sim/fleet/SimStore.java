package io.weir.e2e.sim.fleet;

import io.weir.controller.store.Journal;
import io.weir.controller.store.Leases;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.e2e.sim.kernel.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The store of a simulated cluster: what is committed stays, whoever crashes. It can be away, when
 * every call fails, and by chance a commit is done though the caller is told that it failed.
 * Watchers hear of every transaction, in order, a little later.
 */
final class SimStore implements Store, Leases {
  private static final String TERM = "meta/term";
  private static final long MEAN_WATCH_DELAY = 2_000_000;

  private final VirtualTime time;
  private final RandomGenerator random;
  private final TreeMap<String, Entry> entries = new TreeMap<>();
  private final List<Watching> watches = new ArrayList<>();
  private final List<Committed> history = new ArrayList<>();
  private final Committing told;
  private final Mutation mutation;
  private final Map<Long, Lease> leases = new HashMap<>();
  private final Map<String, Long> bound = new HashMap<>();
  private double unknownOutcomes;
  private boolean away;
  private long backSince;
  private long revision = 1;
  private long granted;

  private record Committed(long revision, List<Write> writes) {}

  private record Lease(Duration ttl, long end) {}

  /** Told of every transaction, with the newest term that any controller has. */
  interface Committing {
    void committed(List<Write> writes, long term);
  }

  SimStore(VirtualTime time, RandomGenerator random, Committing told, Mutation mutation) {
    this.time = time;
    this.random = random;
    this.told = told;
    this.mutation = mutation;
  }

  void away(boolean now) {
    if (away && !now) {
      backSince = time.now();
    }
    away = now;
  }

  /** When it was last away and came back, ns; 0: never. */
  long backSince() {
    return backSince;
  }

  /** Of commits that are done, the part that callers are told have failed, 0 to 1. */
  void unknownOutcomes(double part) {
    unknownOutcomes = part;
  }

  /** Of the last transaction. */
  long revision() {
    return revision;
  }

  boolean isAway() {
    return away;
  }

  @Override
  public String epoch() {
    return "sim";
  }

  @Override
  public void renewEpoch() {
    throw new StoreException("a simulated store never goes back");
  }

  @Override
  public Listing list(String prefix) {
    requireHere();
    if (mutation == Mutation.DECISIONS_FORGOTTEN
        && (prefix.startsWith("verdicts/") || prefix.startsWith("decisions/"))) {
      return new Listing(revision, List.of());
    }
    return new Listing(revision, entries(prefix));
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return commit(transaction, Set.of(), 0);
  }

  @Override
  public CommitResult commit(Transaction transaction, Set<String> leased, long lease) {
    requireHere();
    if (lease != 0 && !leases.containsKey(lease)) {
      throw new StoreException("there is no such lease");
    }
    var excess = transaction.excess();
    if (excess.isPresent()) {
      return new CommitResult.TooLarge(excess.get());
    }
    for (Expectation expectation : transaction.expectations()) {
      Entry entry = entries.get(expectation.key());
      boolean holds = (entry == null ? 0 : entry.revision()) == expectation.revision();
      boolean fence = expectation.key().equals(TERM) && !isTerm(transaction);
      boolean guard = expectation.key().equals(Journal.HEAD);
      if (!holds
          && !(fence && mutation == Mutation.NO_FENCING)
          && !(guard && mutation == Mutation.NO_GUARD)) {
        return new CommitResult.Conflict();
      }
    }
    List<Write> done = new ArrayList<>();
    for (Write write : transaction.writes()) {
      if (write instanceof Write.Put || entries.containsKey(write.key())) {
        done.add(write);
      }
    }
    done(done);
    leased.forEach(key -> bound.put(key, lease));
    if (unknownOutcomes > 0 && random.nextDouble() < unknownOutcomes) {
      throw new StoreException("the connection broke before the answer came");
    }
    return new CommitResult.Committed(revision);
  }

  private void done(List<Write> writes) {
    if (!writes.isEmpty()) {
      revision++;
      writes.forEach(this::write);
      Committed committed = new Committed(revision, writes);
      history.add(committed);
      watches.forEach(watch -> watch.tell(committed));
      told.committed(writes, term());
    }
  }

  @Override
  public long grant(Duration ttl) {
    requireHere();
    extend(++granted, ttl);
    return granted;
  }

  private void extend(long lease, Duration ttl) {
    long end = time.now() + ttl.toNanos();
    leases.put(lease, new Lease(ttl, end));
    time.at(end, () -> expire(lease));
  }

  private void expire(long lease) {
    Lease one = leases.get(lease);
    if (one != null && one.end <= time.now()) {
      end(lease);
    }
  }

  private void end(long lease) {
    leases.remove(lease);
    List<Write> gone = new ArrayList<>();
    for (Map.Entry<String, Long> each : new TreeMap<>(bound).entrySet()) {
      if (each.getValue() == lease) {
        bound.remove(each.getKey());
        gone.add(new Write.Delete(each.getKey()));
      }
    }
    done(gone);
  }

  @Override
  public boolean keepAlive(long lease) {
    requireHere();
    Lease one = leases.get(lease);
    if (one != null) {
      extend(lease, one.ttl);
    }
    return one != null;
  }

  @Override
  public void revoke(long lease) {
    requireHere();
    end(lease);
  }

  private static boolean isTerm(Transaction transaction) {
    return transaction.writes().stream().anyMatch(write -> write.key().equals(TERM));
  }

  private long term() {
    Entry entry = entries.get(TERM);
    return entry == null ? 0 : Long.parseLong(entry.value().toStringUtf8());
  }

  private void write(Write write) {
    switch (write) {
      case Write.Put put -> entries.put(put.key(), new Entry(put.key(), put.value(), revision));
      case Write.Delete delete -> {
        entries.remove(delete.key());
        bound.remove(delete.key());
      }
    }
  }

  /** As of now, whoever reaches it. */
  List<Entry> entries(String prefix) {
    return entries.tailMap(prefix).values().stream()
        .takeWhile(entry -> entry.key().startsWith(prefix))
        .toList();
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    requireHere();
    Watching watch = new Watching(prefix, listener);
    for (Committed committed : history) {
      if (committed.revision > afterRevision) {
        watch.tell(committed);
      }
    }
    watches.add(watch);
    return () -> {
      watch.closed = true;
      watches.remove(watch);
    };
  }

  private void requireHere() {
    if (away) {
      throw new StoreException("the store is away");
    }
  }

  @Override
  public void close() {
    // Of a controller that ends; the store stays.
  }

  private final class Watching {
    private final String prefix;
    private final WatchListener listener;
    private long last;
    private boolean closed;

    Watching(String prefix, WatchListener listener) {
      this.prefix = prefix;
      this.listener = listener;
    }

    void tell(Committed committed) {
      List<Write> writes =
          committed.writes.stream().filter(write -> write.key().startsWith(prefix)).toList();
      if (writes.isEmpty()) {
        return;
      }
      long delay = (long) (-Math.log(1 - random.nextDouble()) * MEAN_WATCH_DELAY);
      last = Math.max(last, time.now() + delay);
      time.at(
          last,
          () -> {
            if (!closed) {
              listener.onChanges(committed.revision, writes);
            }
          });
    }
  }
}
