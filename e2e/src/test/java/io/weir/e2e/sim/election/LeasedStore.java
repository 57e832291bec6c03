package io.weir.e2e.sim.election;

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

/** A store with leases, in virtual time, that several controllers share. */
final class LeasedStore {
  /** Every call fails. */
  static final double ALL = 2;

  private final VirtualTime time;
  private final RandomGenerator random;
  private final TreeMap<String, Store.Entry> entries = new TreeMap<>();
  private final Map<String, Long> bound = new HashMap<>();
  private final Map<Long, Long> ends = new HashMap<>();
  private final Map<Long, Long> ttls = new HashMap<>();
  private final List<Runnable> watchers = new ArrayList<>();
  private long revision;
  private long leases;

  LeasedStore(VirtualTime time, RandomGenerator random) {
    this.time = time;
    this.random = random;
  }

  /** Told of every change. */
  void watch(Runnable watcher) {
    watchers.add(watcher);
  }

  private void expire(long lease) {
    Long end = ends.get(lease);
    if (end == null) {
      return;
    }
    if (end > time.now()) {
      time.at(end, () -> expire(lease));
      return;
    }
    end(lease);
  }

  private void end(long lease) {
    ends.remove(lease);
    boolean changed = false;
    for (Map.Entry<String, Long> key : Map.copyOf(bound).entrySet()) {
      if (key.getValue() == lease) {
        bound.remove(key.getKey());
        entries.remove(key.getKey());
        changed = true;
      }
    }
    if (changed) {
      revision++;
      watchers.forEach(Runnable::run);
    }
  }

  /** As one controller reaches it. */
  final class Way implements Store, Leases {
    /** Of calls, the part that fails before and the part that does after it was done, together. */
    double failures;

    private void before() {
      if (random.nextDouble() < failures / 2) {
        throw new StoreException("not reached");
      }
    }

    private void after() {
      if (random.nextDouble() < failures / 2) {
        throw new StoreException("no answer");
      }
    }

    @Override
    public long grant(Duration ttl) {
      before();
      long lease = ++leases;
      ttls.put(lease, ttl.toNanos());
      ends.put(lease, time.now() + ttl.toNanos());
      time.at(time.now() + ttl.toNanos(), () -> expire(lease));
      after();
      return lease;
    }

    @Override
    public boolean keepAlive(long lease) {
      before();
      Long ttl = ttls.get(lease);
      boolean kept = ttl != null && ends.replace(lease, time.now() + ttl) != null;
      after();
      return kept;
    }

    @Override
    public void revoke(long lease) {
      before();
      end(lease);
      after();
    }

    @Override
    public CommitResult commit(Transaction transaction) {
      return commit(transaction, Set.of(), 0);
    }

    @Override
    public CommitResult commit(Transaction transaction, Set<String> leased, long lease) {
      before();
      if (lease != 0 && !ends.containsKey(lease)) {
        throw new StoreException("no such lease");
      }
      for (Expectation expected : transaction.expectations()) {
        Entry entry = entries.get(expected.key());
        if ((entry == null ? 0 : entry.revision()) != expected.revision()) {
          after();
          return new CommitResult.Conflict();
        }
      }
      revision++;
      for (Write write : transaction.writes()) {
        switch (write) {
          case Write.Put put -> {
            entries.put(put.key(), new Entry(put.key(), put.value(), revision));
            if (leased.contains(put.key())) {
              bound.put(put.key(), lease);
            }
          }
          case Write.Delete delete -> {
            entries.remove(delete.key());
            bound.remove(delete.key());
          }
        }
      }
      long at = revision;
      watchers.forEach(Runnable::run);
      after();
      return new CommitResult.Committed(at);
    }

    @Override
    public Listing list(String prefix) {
      before();
      return new Listing(
          revision,
          entries.tailMap(prefix).values().stream()
              .takeWhile(entry -> entry.key().startsWith(prefix))
              .toList());
    }

    @Override
    public String epoch() {
      return "sim";
    }

    @Override
    public Watch watch(String prefix, long afterRevision, WatchListener listener) {
      throw new UnsupportedOperationException("elections are told to look");
    }

    @Override
    public void renewEpoch() {
      throw new UnsupportedOperationException("its data stay what they are");
    }

    @Override
    public void close() {}
  }
}
