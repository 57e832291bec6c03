package io.weir.controller.reconcile;

import com.google.protobuf.Timestamp;
import io.weir.controller.discovery.Answer;
import io.weir.controller.discovery.Query;
import io.weir.controller.discovery.Resolver;
import io.weir.controller.discovery.Rules;
import io.weir.controller.discovery.Search;
import io.weir.controller.model.Found;
import io.weir.controller.model.Kind;
import io.weir.controller.model.Scaled;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.Discovery;
import io.weir.v1.DiscoveryChanged;
import io.weir.v1.DiscoveryStatus;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import io.weir.v1.ScaledInstance;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * While this controller leads, it searches for endpoints of all pools that want it and writes what
 * was found to the store. All controllers go by that, as by what is declared. Confined to the
 * loop's thread.
 */
final class Discovering {
  private static final Logger log = LoggerFactory.getLogger(Discovering.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final FoundLog foundLog;
  private final Resolver resolver;
  private final LongSupplier nanos;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Executor io;
  private final Supplier<Optional<Conclusions>> conclusions;
  private final Leading loop;
  private final Map<String, Searching> pools = new TreeMap<>();
  private @Nullable Image image;

  /** In which this controller leads; 0: it does not. */
  private long term;

  /** One pool's. */
  private static final class Searching {
    private final Discovery wanted;
    private final Rules rules;
    private final Search search;
    private boolean failing;
    private boolean writing;

    /** Of the last write; until that is seen nothing is written over it. */
    private long written;

    private long wakes = Long.MAX_VALUE;

    Searching(Discovery wanted, List<DiscoveredEndpoint> lastGood, boolean failing, long now) {
      this.wanted = wanted;
      this.rules = Rules.of(wanted.getDns());
      this.search = new Search(rules, lastGood, now);
      this.failing = failing;
    }
  }

  /**
   * @param io for calls that block
   * @param conclusions while this controller leads
   */
  Discovering(
      Store store,
      Resolver resolver,
      LongSupplier nanos,
      InstantSource clock,
      RandomGenerator random,
      Executor io,
      Supplier<Optional<Conclusions>> conclusions,
      Leading loop) {
    this.foundLog = new FoundLog(store);
    this.resolver = resolver;
    this.nanos = nanos;
    this.clock = clock;
    this.random = random;
    this.io = io;
    this.conclusions = conclusions;
    this.loop = loop;
  }

  /** From now on this controller leads, in that term. */
  void leads(long won) {
    stop();
    term = won;
    look();
  }

  /** It does not, or not any more. */
  void stop() {
    term = 0;
    pools.clear();
  }

  void update(Image next) {
    Image before = image;
    image = next;
    if (before != null && !before.found().equals(next.found())) {
      Set<String> changed = new HashSet<>(next.found().keySet());
      changed.addAll(before.found().keySet());
      changed.removeIf(pool ->
          Optional.ofNullable(next.found().get(pool))
              .equals(Optional.ofNullable(before.found().get(pool))));
      changed.removeIf(Found::isStaged);
      loop.pools(changed);
    }
    look();
  }

  /** What the store's image wants searched for is. */
  private void look() {
    if (term == 0 || image == null) {
      return;
    }
    Map<String, Discovery> wanted = new HashMap<>();
    image
        .config()
        .of(Kind.POOL)
        .filter(pool -> pool.getPool().getSpec().hasDiscovery())
        .forEach(pool ->
            wanted.put(pool.getMetadata().getName(), pool.getPool().getSpec().getDiscovery()));
    image.sought().forEach((key, one) -> wanted.put(key, one.discovery()));
    pools.entrySet().removeIf(one -> !one.getValue().wanted.equals(wanted.get(one.getKey())));
    wanted.forEach((pool, discovery) ->
        pools.computeIfAbsent(
            pool,
            _ ->
                new Searching(
                    discovery,
                    found(pool),
                    conclusions
                        .get()
                        .map(one -> one.findings().isDiscoveryFailing(pool))
                        .orElse(false),
                    nanos.getAsLong())));
    image.found().keySet().stream().filter(pool -> !wanted.containsKey(pool)).forEach(this::forget);
    Map.copyOf(pools).forEach(this::step);
  }

  private List<DiscoveredEndpoint> found(String pool) {
    Found its = image == null ? null : image.found().get(pool);
    return its == null ? List.of() : its.record().getEndpointsList();
  }

  /** Whatever there is to do is done: asked, written, and seen to in time. */
  private void step(String pool, Searching one) {
    long now = nanos.getAsLong();
    one.search.tick(now);
    for (Query query : one.search.due(now)) {
      resolver.ask(
          query,
          one.rules.servers(),
          answer -> loop.post(() -> answered(pool, one, query, answer)));
    }
    write(pool, one);
    long due = one.search.nextDue();
    if (due < one.wakes) {
      one.wakes = due;
      loop.later(
          Duration.ofNanos(Math.max(0, due - now)),
          () -> {
            if (pools.get(pool) == one && one.wakes == due) {
              one.wakes = Long.MAX_VALUE;
              step(pool, one);
            }
          });
    }
  }

  private void answered(String pool, Searching one, Query query, Answer answer) {
    if (pools.get(pool) != one) {
      return;
    }
    one.search.answered(query, answer, nanos.getAsLong(), random.nextDouble());
    Optional<String> failure = one.search.failure();
    if (failure.isPresent() ? !one.failing : one.failing && one.search.isWhole()) {
      one.failing = failure.isPresent();
      String reason =
          failure
              .map(why -> why + kept(one.search.endpoints().size()))
              .orElse(one.rules.name() + " can be resolved again");
      (failure.isPresent() ? log.atWarn() : log.atInfo())
          .addKeyValue("pool", pool)
          .addKeyValue("reason", reason)
          .log("finding endpoints began or ended to fail");
      if (!Found.isStaged(pool)) {
        conclusions
            .get()
            .ifPresent(it ->
                it.discovery(
                    DiscoveryChanged.newBuilder().setPool(pool).setFailing(one.failing).build(),
                    reason));
        loop.pools(List.of(pool));
      }
    }
    if (pools.get(pool) == one) {
      step(pool, one);
    }
  }

  private static String kept(int endpoints) {
    return switch (endpoints) {
      case 0 -> "; nothing has been found yet";
      case 1 -> "; the endpoint found before stays";
      default -> "; the %d endpoints found before stay".formatted(endpoints);
    };
  }

  private void write(String pool, Searching one) {
    if (image == null || one.writing || one.written > image.revision()) {
      return;
    }
    List<DiscoveredEndpoint> endpoints = FoundLog.fitting(one.search.endpoints());
    List<DiscoveredEndpoint> stored = found(pool);
    // Half an answer is better than nothing, but not than a whole one.
    if (endpoints.isEmpty()
        || endpoints.equals(stored)
        || (!stored.isEmpty() && !one.search.isWhole())) {
      return;
    }
    one.writing = true;
    write(
        pool,
        endpoints,
        written -> {
          one.writing = false;
          one.written = written;
          if (pools.get(pool) == one) {
            log.atInfo()
                .addKeyValue("pool", pool)
                .addKeyValue("endpoints", endpoints.size())
                .addKeyValue("before", stored.size())
                .log("found other endpoints");
            step(pool, one);
          }
        },
        () -> {
          one.writing = false;
          if (pools.get(pool) == one) {
            step(pool, one);
          }
        });
  }

  /** Nobody wants it any more. */
  private void forget(String pool) {
    write(pool, List.of(), _ -> {}, () -> {});
  }

  private interface Written {
    void at(long revision);
  }

  private void write(
      String pool, List<DiscoveredEndpoint> endpoints, Written written, Runnable failed) {
    long own = term;
    try {
      io.execute(() -> {
        try {
          FoundLog.Outcome outcome = foundLog.write(own, pool, endpoints);
          loop.post(() -> {
            switch (outcome) {
              case FoundLog.Outcome.Written done -> written.at(done.revision());
              case FoundLog.Outcome.Superseded _ -> loop.superseded(own);
            }
          });
        } catch (StoreException e) {
          log.atWarn()
              .addKeyValue("pool", pool)
              .addKeyValue("reason", e.getMessage())
              .log("cannot write which endpoints were found; trying again");
          loop.later(RETRY, failed);
        }
      });
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; not using the store any more");
    }
  }

  /** Why agents cannot be given a staged change yet; empty: all that it wants is found. */
  String unfound(long change) {
    Image now = image;
    return now == null
        ? ""
        : now.sought().entrySet().stream()
            .filter(one -> one.getValue().change() == change)
            .filter(one -> found(one.getKey()).isEmpty())
            .map(one -> unfound(one.getValue().pool(), pools.get(one.getKey())))
            .findFirst()
            .orElse("");
  }

  private static String unfound(String pool, @Nullable Searching its) {
    return "nothing is found for pool %s%s"
        .formatted(
            pool, its == null ? "" : its.search.failure().map(why -> ": " + why).orElse(" yet"));
  }

  /** A pool with the endpoints that were found and brought for it. */
  Resource offered(Resource pool) {
    Resource found =
        pool.getPool().getSpec().hasDiscovery()
            ? Found.with(pool, found(pool.getMetadata().getName()))
            : pool;
    Image now = image;
    if (now == null || now.scaled().isEmpty()) {
      return found;
    }
    List<ScaledInstance> brought =
        now.config()
            .of(Kind.SCALER)
            .filter(one -> one.getScaler().getSpec().getPool().equals(pool.getMetadata().getName()))
            .flatMap(
                one -> Optional.ofNullable(now.scaled().get(one.getMetadata().getName())).stream())
            .flatMap(its -> its.record().getInstancesList().stream())
            .toList();
    return Scaled.with(found, brought);
  }

  /** Adds what was found, and as the leader how that went. */
  void describe(Resource pool, PoolStatus.Builder status) {
    if (!pool.getPool().getSpec().hasDiscovery()) {
      return;
    }
    String name = pool.getMetadata().getName();
    DiscoveryStatus.Builder its = DiscoveryStatus.newBuilder().addAllEndpoints(found(name));
    Searching one = pools.get(name);
    if (one != null) {
      long now = nanos.getAsLong();
      one.search.lastSuccess().ifPresent(at -> its.setLastSuccess(wall(at, now)));
      one.search.failingSince().ifPresent(at -> its.setFailingSince(wall(at, now)));
      its.setError(one.search.failure().orElse("")).setLimited(one.search.limited().orElse(""));
      long next = one.search.nextDue();
      if (next < Long.MAX_VALUE) {
        its.setNext(wall(Math.max(next, now), now));
      }
    }
    status.setDiscovery(its);
  }

  private Timestamp wall(long at, long now) {
    return AgentEntry.timestamp(clock.instant().plusNanos(at - now));
  }
}
