package io.weir.e2e.sim.fleet;

import io.weir.controller.store.Leases;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.e2e.sim.kernel.VirtualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The store as one controller reaches it, or does not: calls fail meanwhile, and what a watch has
 * to tell waits; for so long, and it is lost.
 */
final class StoreWay implements Store, Leases {
  private static final long AGAIN = 100_000_000L;
  private static final long PATIENCE = 5_000_000_000L;

  private final SimStore store;
  private final VirtualTime time;
  private final BooleanSupplier cut;
  private final RolloutMutant mutant;
  private final ScaledMutant scaled;

  /**
   * @param cut whether the store is out of this controller's reach
   */
  StoreWay(SimStore store, VirtualTime time, BooleanSupplier cut, Mutation mutation) {
    this.store = store;
    this.time = time;
    this.cut = cut;
    this.mutant = new RolloutMutant(mutation);
    this.scaled = new ScaledMutant(mutation);
  }

  private SimStore reached() {
    if (cut.getAsBoolean()) {
      throw new StoreException("this controller does not reach the store");
    }
    return store;
  }

  @Override
  public String epoch() {
    return store.epoch();
  }

  @Override
  public void renewEpoch() {
    reached().renewEpoch();
  }

  @Override
  public Listing list(String prefix) {
    Listing listing = reached().list(prefix);
    return new Listing(listing.revision(), scaled.read(mutant.read(listing.entries())));
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    scaled.written(transaction);
    return reached().commit(mutant.written(transaction));
  }

  @Override
  public CommitResult commit(Transaction transaction, Set<String> bound, long lease) {
    return reached().commit(mutant.written(transaction), bound, lease);
  }

  @Override
  public long grant(Duration ttl) {
    return reached().grant(ttl);
  }

  @Override
  public boolean keepAlive(long lease) {
    return reached().keepAlive(lease);
  }

  @Override
  public void revoke(long lease) {
    reached().revoke(lease);
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    Waiting waiting = new Waiting(listener);
    Watch watch = reached().watch(prefix, afterRevision, waiting);
    return () -> {
      waiting.over = true;
      watch.close();
    };
  }

  @Override
  public void close() {
    // Of a controller that ends; the store stays.
  }

  private record Changes(long revision, List<Write> writes) {}

  /** What was not yet told, in order. */
  private final class Waiting implements WatchListener {
    private final WatchListener listener;
    private final Deque<Changes> changes = new ArrayDeque<>();
    private long stalledSince = -1;
    private boolean over;

    Waiting(WatchListener listener) {
      this.listener = listener;
    }

    @Override
    public void onChanges(long revision, List<Write> writes) {
      changes.add(new Changes(revision, writes));
      if (stalledSince < 0) {
        tell();
      }
    }

    private void tell() {
      while (!over && !changes.isEmpty() && !cut.getAsBoolean()) {
        if (stalledSince >= 0 && time.now() - stalledSince >= PATIENCE) {
          over = true;
          listener.onLost("nothing came for too long");
          return;
        }
        Changes next = changes.remove();
        listener.onChanges(next.revision, scaled.watched(mutant.watched(next.writes)));
      }
      if (over || changes.isEmpty()) {
        stalledSince = -1;
        return;
      }
      stalledSince = stalledSince < 0 ? time.now() : stalledSince;
      time.after(AGAIN, this::tell);
    }

    @Override
    public void onLost(String reason) {
      listener.onLost(reason);
    }
  }
}
