package io.weir.controller.store;

import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An election among the controllers that share a store with leases. Winning is one transaction: the
 * leader's key is absent and the term is as read, so the key is put, bound to the winner's lease,
 * and the term raised. The lease is kept every fifth of its time; by its own clock the leader gives
 * up a tenth of it early, counted from before the call that last kept it, so nobody can have won
 * meanwhile however long this process was paused.
 */
public final class Election implements Leadership {
  private static final Logger log = LoggerFactory.getLogger(Election.class);
  private static final int KEPT_PER_TTL = 5;
  private static final int EARLY = 10;
  private static final long JITTER = Duration.ofMillis(50).toNanos();
  private static final long RETRY = Duration.ofSeconds(1).toNanos();
  private static final long CUT_OFF = Duration.ofSeconds(10).toNanos();
  private static final long FAREWELL_SECONDS = 2;

  private final Store store;
  private final Leases leases;
  private final Member self;
  private final Duration ttl;
  private final ScheduledExecutorService thread;
  private final LongSupplier nanos;
  private final RandomGenerator random;

  // Of the thread.
  private @Nullable Listener listener;
  private long lease;
  private boolean registered;
  private long keepAt;
  private Optional<Leader> leader = Optional.empty();
  private boolean told;
  private boolean others;
  private long reached;
  private boolean cutOff;
  private boolean failing;
  private boolean stepping;
  private long wakeAt = Long.MAX_VALUE;

  /** 0: not leading. Written by the thread. */
  private volatile long term;

  /** By {@link #nanos}. Written by the thread. */
  private volatile long leaseUntil;

  private volatile boolean closed;

  /**
   * @param ttl how long a leader that is not heard of is waited for
   * @param thread one thread, for calls that block; closed with this
   * @param nanos monotonic
   * @param random for jitter
   */
  public Election(
      Store store,
      Leases leases,
      Member self,
      Duration ttl,
      ScheduledExecutorService thread,
      LongSupplier nanos,
      RandomGenerator random) {
    this.store = store;
    this.leases = leases;
    this.self = self;
    this.ttl = ttl;
    this.thread = thread;
    this.nanos = nanos;
    this.random = random;
  }

  @Override
  public void start(Listener to) {
    later(
        0,
        () -> {
          listener = to;
          reached = nanos.getAsLong();
          step();
        });
  }

  @Override
  public boolean holds(long asked) {
    return asked != 0 && asked == term && nanos.getAsLong() - leaseUntil < 0;
  }

  @Override
  public void resign(long given) {
    later(
        0,
        () -> {
          if (given != 0 && given == term) {
            lost("it resigned");
          }
          step();
        });
  }

  @Override
  public void look() {
    later(
        0,
        () -> {
          if (!closed) {
            later(random.nextLong(JITTER), this::step);
          }
        });
  }

  private void later(long delay, Runnable task) {
    try {
      var _ = thread.schedule(task, delay, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; not looking at who leads any more");
    }
  }

  /** Looks at how things are, does the next thing, and comes again in time. */
  private void step() {
    if (closed || listener == null || stepping) {
      return;
    }
    stepping = true;
    try {
      keep();
      campaign();
      reached();
    } catch (StoreException e) {
      failed(e);
    } catch (RuntimeException e) {
      // A bug, with which nobody would ever lead again if it ended this.
      log.atError().setCause(e).log("the election failed at one step and goes on");
      failed(new StoreException("a step of the election failed", e));
    } finally {
      stepping = false;
    }
    expire();
    plan();
  }

  private void plan() {
    long now = nanos.getAsLong();
    long every = ttl.toNanos() / KEPT_PER_TTL;
    long next =
        now
            + (failing
                ? Math.min(every, RETRY)
                : leader.isEmpty() ? random.nextLong(JITTER) : every);
    if (term != 0) {
      next = Math.min(next, leaseUntil);
    }
    long due = next;
    wakeAt = due;
    later(
        Math.max(0, due - now),
        () -> {
          if (wakeAt == due) {
            step();
          }
        });
  }

  private void keep() {
    long now = nanos.getAsLong();
    if (lease != 0 && (now - leaseUntil >= 0 || now - keepAt >= 0 && !isKept(now))) {
      dropLease();
    }
    if (lease == 0) {
      long sent = nanos.getAsLong();
      lease = leases.grant(ttl);
      extend(sent);
    }
    if (!registered) {
      Transaction entry =
          new Transaction(
              List.of(),
              List.of(new Write.Put(Members.CONTROLLERS + self.id(), Members.bytes(self))));
      leases.commit(entry, Set.of(Members.CONTROLLERS + self.id()), lease);
      registered = true;
    }
  }

  private boolean isKept(long now) {
    boolean kept = leases.keepAlive(lease);
    if (kept) {
      extend(now);
    }
    return kept;
  }

  private void extend(long sent) {
    keepAt = sent + ttl.toNanos() / KEPT_PER_TTL;
    leaseUntil = sent + ttl.toNanos() - ttl.toNanos() / EARLY;
  }

  private void dropLease() {
    lease = 0;
    registered = false;
    if (term != 0) {
      lost("its lease has expired");
    }
  }

  private void campaign() {
    List<Entry> meta = store.list(Members.META).entries();
    Optional<Leader> found = Members.leader(meta);
    if (found.isPresent() && isSelf(found.get())) {
      if (term == found.get().term()) {
        return;
      }
      // Of an earlier lease, or of an attempt whose outcome was not known.
      abdicate(meta);
      meta = store.list(Members.META).entries();
      found = Members.leader(meta);
    }
    if (found.isPresent()) {
      if (term != 0) {
        lost("another controller leads");
      }
      follow(found);
      return;
    }
    if (term != 0) {
      lost("its key is gone");
    }
    long next = Terms.in(meta) + 1;
    Transaction win =
        Terms.raise(
            meta,
            List.of(new Expectation(Members.LEADER, 0)),
            List.of(new Write.Put(Members.LEADER, Members.bytes(self))));
    if (leases.commit(win, Set.of(Members.LEADER), lease) instanceof CommitResult.Committed) {
      lead(next);
    } else {
      follow(Members.leader(store.list(Members.META).entries()));
    }
  }

  private boolean isSelf(Leader one) {
    return one.member().id().equals(self.id());
  }

  private void abdicate(List<Entry> meta) {
    for (Entry entry : meta) {
      if (entry.key().equals(Members.LEADER)) {
        store.commit(
            new Transaction(
                List.of(new Expectation(Members.LEADER, entry.revision())),
                List.of(new Write.Delete(Members.LEADER))));
      }
    }
  }

  private void lead(long won) {
    leader = Optional.of(new Leader(self, won));
    told = true;
    term = won;
    log.atInfo().addKeyValue("term", won).log("this controller leads");
    if (listener != null) {
      listener.leads(won);
    }
  }

  private void lost(String why) {
    log.atWarn().addKeyValue("term", term).addKeyValue("reason", why).log("leads no more");
    term = 0;
    leader = Optional.empty();
    told = false;
    follow(Optional.empty());
  }

  private void follow(Optional<Leader> other) {
    if (told && leader.equals(other)) {
      return;
    }
    leader = other;
    told = true;
    other.ifPresent(one ->
        log.atInfo()
            .addKeyValue("controller", one.member().address())
            .addKeyValue("term", one.term())
            .log("follows another controller"));
    if (listener != null) {
      listener.follows(other);
    }
  }

  private void expire() {
    if (term != 0 && nanos.getAsLong() - leaseUntil >= 0) {
      dropLease();
    }
  }

  private void reached() {
    reached = nanos.getAsLong();
    others = Members.all(store).stream().anyMatch(member -> !member.id().equals(self.id()));
    if (failing) {
      failing = false;
      log.atInfo().log("the store answers again");
    }
    cutOff(false);
  }

  private void failed(StoreException e) {
    if (!failing) {
      failing = true;
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("cannot take part in the election; trying again");
    }
    cutOff(others && nanos.getAsLong() - reached >= CUT_OFF);
  }

  private void cutOff(boolean now) {
    if (cutOff != now) {
      cutOff = now;
      if (listener != null) {
        listener.cutOff(now);
      }
    }
  }

  @Override
  public void close() {
    CompletableFuture<Void> gone = new CompletableFuture<>();
    later(
        0,
        () -> {
          closed = true;
          term = 0;
          try {
            if (lease != 0) {
              leases.revoke(lease);
            }
          } catch (StoreException e) {
            log.atDebug().addKeyValue("reason", e.getMessage()).log("the lease runs out by itself");
          } finally {
            gone.complete(null);
          }
        });
    try {
      gone.get(FAREWELL_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      log.atDebug().log("the lease runs out by itself");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.shutdownNow();
  }
}
