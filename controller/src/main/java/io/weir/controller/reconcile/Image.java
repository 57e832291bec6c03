package io.weir.controller.reconcile;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.controller.model.Config;
import io.weir.controller.model.Found;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Scaled;
import io.weir.controller.rollout.Sought;
import io.weir.controller.rollout.Staged;
import io.weir.controller.rollout.Staging;
import io.weir.controller.store.Journal;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.StoreException;
import io.weir.v1.DiscoveryRecord;
import io.weir.v1.Resource;
import io.weir.v1.ScalerRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All resources as the store has them, at one revision.
 *
 * @param config the same one as in the image before where nothing of it changed
 * @param agents registrations by name, unmodifiable; the same map likewise
 * @param found by pool, or {@link Found#staged}, unmodifiable; the same map likewise
 * @param scaled by scaler, unmodifiable; the same map likewise
 * @param offered what agents are to run: the configuration with what was found and brought; the
 *     same one likewise
 * @param staging changes that go out step by step; the same one likewise
 */
public record Image(
    long revision,
    Config config,
    SortedMap<String, Resource> agents,
    Map<String, Found> found,
    Map<String, Scaled> scaled,
    Config offered,
    Staging staging) {
  private static final Logger log = LoggerFactory.getLogger(Image.class);

  /** Where nothing was found or brought, and nothing is staged. */
  Image(long revision, Config config, SortedMap<String, Resource> agents) {
    this(
        revision,
        config,
        agents,
        Map.of(),
        Map.of(),
        offered(config, Map.of(), Map.of()),
        Staging.NONE);
  }

  /** A transaction of the store. */
  record Transaction(long revision, List<Write> writes) {
    Transaction {
      writes = List.copyOf(writes);
    }
  }

  /** What became of one declared resource; null: it was or is not there. */
  record Change(
      long revision, ResourceKey key, @Nullable Resource before, @Nullable Resource after) {}

  /**
   * @param changes each one, in order
   */
  record Step(Image image, List<Change> changes) {
    Step {
      changes = List.copyOf(changes);
    }
  }

  static Image of(Journal.State state, List<Entry> agents, Staging staging) {
    SortedMap<String, Resource> registrations = new TreeMap<>();
    resources(agents).forEach((key, resource) -> registrations.put(key.name(), resource));
    Config config = config(state);
    Map<String, Found> found = found(state.config().values());
    Map<String, Scaled> scaled = scaled(state.config().values());
    return new Image(
        state.revision(),
        config,
        Collections.unmodifiableSortedMap(registrations),
        found,
        scaled,
        offered(config, found, scaled),
        staging);
  }

  /** {@code declared} with what was found and brought. */
  static Config offered(Config declared, Map<String, Found> found, Map<String, Scaled> scaled) {
    return Scaled.with(Found.with(declared, found), scaled);
  }

  /** What was brought, by scaler, unmodifiable; whatever else there is is left out. */
  static Map<String, Scaled> scaled(Collection<Entry> entries) {
    Map<String, Scaled> scaled = new HashMap<>();
    for (Entry entry : entries) {
      Scaled.parseStoreKey(entry.key()).ifPresent(scaler -> scaled.put(scaler, scaled(entry)));
    }
    return Collections.unmodifiableMap(scaled);
  }

  private static Scaled scaled(Entry entry) {
    try {
      return new Scaled(entry.revision(), ScalerRecord.parseFrom(entry.value()));
    } catch (InvalidProtocolBufferException e) {
      // The hook tells of it again.
      log.atError()
          .addKeyValue("key", entry.key())
          .log("somebody wrote what cannot be read; nothing was brought there");
      return new Scaled(entry.revision(), ScalerRecord.getDefaultInstance());
    }
  }

  /**
   * What was found, by pool, unmodifiable; whatever else there is among the entries is left out.
   */
  static Map<String, Found> found(Collection<Entry> entries) {
    Map<String, Found> found = new HashMap<>();
    for (Entry entry : entries) {
      Found.parseStoreKey(entry.key()).ifPresent(pool -> found.put(pool, found(entry)));
    }
    return Collections.unmodifiableMap(found);
  }

  static Found found(Entry entry) {
    try {
      return new Found(entry.revision(), DiscoveryRecord.parseFrom(entry.value()));
    } catch (InvalidProtocolBufferException e) {
      // It is looked for again in any case.
      log.atError()
          .addKeyValue("key", entry.key())
          .log("somebody wrote what cannot be read; nothing was found there");
      return new Found(entry.revision(), DiscoveryRecord.getDefaultInstance());
    }
  }

  /** What the journal holds, as messages. */
  public static Config config(Journal.State state) {
    return new Config(state.headRevision(), resources(state.config().values()));
  }

  /** Entries as messages with their revisions; entries that are no resources are left out. */
  public static SortedMap<ResourceKey, Resource> resources(Collection<Entry> entries) {
    SortedMap<ResourceKey, Resource> resources = new TreeMap<>();
    for (Entry entry : entries) {
      ResourceKey.parseStoreKey(entry.key()).ifPresent(key -> resources.put(key, resource(entry)));
    }
    return resources;
  }

  /** This image after these transactions of the store, at least one. */
  Step after(List<Transaction> transactions) {
    Map<ResourceKey, Optional<Resource>> declared = new HashMap<>();
    SortedMap<String, Resource> registered = new TreeMap<>();
    Map<String, Found> nowFound = new HashMap<>(found);
    Map<String, Scaled> nowScaled = new HashMap<>(scaled);
    Map<Long, Optional<Staged>> staged = new HashMap<>();
    boolean others = false;
    List<Change> changes = new ArrayList<>();
    long configured = config.revision();
    for (Transaction transaction : transactions) {
      for (Write write : transaction.writes()) {
        Found.parseStoreKey(write.key())
            .ifPresent(pool -> {
              switch (write) {
                case Write.Put put ->
                    nowFound.put(
                        pool, found(new Entry(put.key(), put.value(), transaction.revision())));
                case Write.Delete _ -> nowFound.remove(pool);
              }
            });
        Scaled.parseStoreKey(write.key())
            .ifPresent(scaler -> {
              switch (write) {
                case Write.Put put ->
                    nowScaled.put(
                        scaler, scaled(new Entry(put.key(), put.value(), transaction.revision())));
                case Write.Delete _ -> nowScaled.remove(scaler);
              }
            });
        ResourceKey key = ResourceKey.parseStoreKey(write.key()).orElse(null);
        Resource now;
        try {
          if (key == null) {
            StagedChanges.written(write, transaction.revision())
                .ifPresent(written -> staged.put(written.number(), written.staged()));
            continue;
          }
          now =
              switch (write) {
                case Write.Put put ->
                    resource(new Entry(put.key(), put.value(), transaction.revision()));
                case Write.Delete _ -> null;
              };
        } catch (StoreException e) {
          // Not by this program. Nobody else shall wait for it to be put right.
          log.atError()
              .addKeyValue("revision", transaction.revision())
              .addKeyValue("reason", e.getMessage())
              .log("somebody wrote what cannot be read; going on with what was there before");
          continue;
        }
        if (key.kind().declared()) {
          Resource before = declared.getOrDefault(key, config.get(key)).orElse(null);
          changes.add(new Change(transaction.revision(), key, before, now));
          declared.put(key, Optional.ofNullable(now));
          configured = transaction.revision();
        } else {
          if (!others) {
            others = true;
            registered.putAll(agents);
          }
          if (now == null) {
            registered.remove(key.name());
          } else {
            registered.put(key.name(), now);
          }
        }
      }
    }
    Config configuredNow = declared.isEmpty() ? config : config.with(configured, declared);
    boolean same = declared.isEmpty() && nowFound.equals(found) && sameInstances(nowScaled, scaled);
    return new Step(
        new Image(
            transactions.getLast().revision(),
            configuredNow,
            others ? Collections.unmodifiableSortedMap(registered) : agents,
            nowFound.equals(found) ? found : Collections.unmodifiableMap(nowFound),
            nowScaled.equals(scaled) ? scaled : Collections.unmodifiableMap(nowScaled),
            same ? offered : offered(configuredNow, nowFound, nowScaled),
            staged.isEmpty() ? staging : staging.with(staged)),
        changes);
  }

  /** Records are written for other reasons, too, of which agents hear nothing. */
  private static boolean sameInstances(Map<String, Scaled> one, Map<String, Scaled> other) {
    return one.keySet().equals(other.keySet())
        && one.entrySet().stream()
            .allMatch(each -> {
              Scaled its = other.get(each.getKey());
              return its != null
                  && its.record()
                      .getInstancesList()
                      .equals(each.getValue().record().getInstancesList());
            });
  }

  /** What staged changes want found, by what it is kept under. */
  Map<String, Sought> sought() {
    return staging.sought(config);
  }

  /**
   * What agents run that have these staged changes: laid over, with what was found for them.
   *
   * @param base with what was found and brought at its revision, which may be long past
   */
  Config over(Config base, Collection<Long> changes) {
    Map<String, Found> its = new HashMap<>(found);
    sought()
        .forEach((key, one) -> {
          Found there = found.get(key);
          if (there != null && changes.contains(one.change())) {
            its.put(one.pool(), there);
          }
        });
    Config staged = staging.over(base, changes);
    Config laid = offered(staged, its, scaled);
    Map<ResourceKey, Optional<Resource>> kept = new HashMap<>();
    base.of(Kind.POOL)
        .forEach(pool -> {
          ResourceKey key = ResourceKey.pool(pool.getMetadata().getName());
          if (staged.get(key).equals(base.get(key))) {
            kept.put(key, Optional.of(pool));
          }
        });
    return laid.with(laid.revision(), kept);
  }

  /** At which anything was last found for a staged change; 0: never. */
  long lastSought() {
    return found.entrySet().stream()
        .filter(one -> Found.isStaged(one.getKey()))
        .mapToLong(one -> one.getValue().revision())
        .max()
        .orElse(0);
  }

  private static Resource resource(Entry entry) {
    try {
      Resource.Builder resource = Resource.parseFrom(entry.value()).toBuilder();
      resource.getMetadataBuilder().setRevision(entry.revision());
      return resource.build();
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(
          "the store's key %s holds no resource; restore the store from a backup"
              .formatted(entry.key()),
          e);
    }
  }
}
