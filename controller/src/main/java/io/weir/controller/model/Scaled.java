package io.weir.controller.model;

import io.weir.v1.Endpoint;
import io.weir.v1.InstanceState;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The instances that a Scaler's hook has brought, as the store has them. Agents run them beside the
 * endpoints that are declared and found; those that go take no new requests, wherever they are
 * from.
 *
 * @param revision at which it was written
 */
public record Scaled(long revision, ScalerRecord record) {
  /** Below that of the configuration, so that both are read at one revision. */
  private static final String STORE_KEYS = "config/scaled/";

  private static final int MAX_ENDPOINTS = 4_096;

  public static String storeKey(String scaler) {
    return STORE_KEYS + scaler;
  }

  /** The scaler; empty for any other key. */
  public static Optional<String> parseStoreKey(String key) {
    return key.startsWith(STORE_KEYS)
        ? Optional.of(key.substring(STORE_KEYS.length()))
        : Optional.empty();
  }

  /** One that has no record yet has an empty one, at revision 0. */
  public static Scaled of(String scaler, Map<String, Scaled> scaled) {
    Scaled its = scaled.get(scaler);
    return its == null ? new Scaled(0, ScalerRecord.getDefaultInstance()) : its;
  }

  /** What was there at {@code then}; empty: that is forgotten. */
  public Optional<List<ScaledInstance>> at(long then) {
    if (revision <= then) {
      return Optional.of(record.getInstancesList());
    }
    return record.getEarlierList().stream()
        .filter(earlier -> earlier.getRevision() <= then)
        .findFirst()
        .map(ScalerRecord.Earlier::getInstancesList);
  }

  /**
   * What agents are to run: {@code offered} with what was brought. The same one where nothing ever
   * was; once all that was brought is gone it is as it was before, and newer all the same.
   *
   * @param offered as declared and found
   * @param scaled by scaler
   */
  public static Config with(Config offered, Map<String, Scaled> scaled) {
    long[] revision = {offered.revision()};
    Map<ResourceKey, Optional<Resource>> pools =
        pools(
            offered,
            scaler -> {
              Scaled its = scaled.get(scaler);
              if (its == null) {
                return Optional.of(List.of());
              }
              revision[0] = Math.max(revision[0], its.revision());
              return Optional.of(its.record().getInstancesList());
            });
    return pools.isEmpty() && revision[0] == offered.revision()
        ? offered
        : offered.with(revision[0], pools);
  }

  /**
   * What agents were to run at {@code then}; empty: that is forgotten.
   *
   * @param offered at {@code then}
   * @param scaled now
   */
  public static Optional<Config> at(Config offered, Map<String, Scaled> scaled, long then) {
    boolean[] forgotten = {false};
    Map<ResourceKey, Optional<Resource>> pools =
        pools(
            offered,
            scaler -> {
              Optional<List<ScaledInstance>> its =
                  Optional.ofNullable(scaled.get(scaler)).flatMap(one -> one.at(then));
              forgotten[0] |= its.isEmpty();
              return its;
            });
    return forgotten[0]
        ? Optional.empty()
        : Optional.of(pools.isEmpty() ? offered : offered.with(then, pools));
  }

  private static Map<ResourceKey, Optional<Resource>> pools(
      Config offered, Function<String, Optional<List<ScaledInstance>>> instances) {
    Map<ResourceKey, Optional<Resource>> pools = new HashMap<>();
    offered
        .of(Kind.SCALER)
        .forEach(scaler -> {
          ResourceKey key = ResourceKey.pool(scaler.getScaler().getSpec().getPool());
          List<ScaledInstance> its =
              instances.apply(scaler.getMetadata().getName()).orElse(List.of());
          offered
              .get(key)
              .filter(_ -> !its.isEmpty())
              .ifPresent(pool -> pools.put(key, Optional.of(with(pool, its))));
        });
    return pools;
  }

  /** A pool with what was brought; what it has goes before. */
  public static Resource with(Resource pool, List<ScaledInstance> instances) {
    PoolSpec.Builder spec = pool.getPool().getSpec().toBuilder();
    Map<Object, Integer> places = new HashMap<>();
    for (int i = 0; i < spec.getEndpointsCount(); i++) {
      places.putIfAbsent(key(spec.getEndpoints(i).getAddress()), i);
    }
    for (ScaledInstance instance : instances) {
      if (instance.getAddress().isEmpty()) {
        continue;
      }
      Integer place = places.get(key(instance.getAddress()));
      if (place != null) {
        stand(instance, spec.getEndpointsBuilder(place));
      } else if (spec.getEndpointsCount() < MAX_ENDPOINTS) {
        places.put(key(instance.getAddress()), spec.getEndpointsCount());
        Endpoint.Builder added = Endpoint.newBuilder().setAddress(instance.getAddress());
        stand(instance, added);
        spec.addEndpoints(added);
      }
    }
    return pool.toBuilder().setPool(pool.getPool().toBuilder().setSpec(spec)).build();
  }

  private static void stand(ScaledInstance instance, Endpoint.Builder endpoint) {
    switch (instance.getState()) {
      case INSTANCE_STATE_STARTING -> endpoint.setWeight(0);
      case INSTANCE_STATE_DRAINING, INSTANCE_STATE_ENDING -> endpoint.setDrain(true);
      case INSTANCE_STATE_SERVING, INSTANCE_STATE_UNSPECIFIED, UNRECOGNIZED -> {}
    }
    if (endpoint.getZone().isEmpty()) {
      endpoint.setZone(instance.getZone());
    }
  }

  /** Whether it is written as an endpoint's zone is; empty: no. */
  public static boolean isZone(String text) {
    return Syntax.isLabel(text);
  }

  /** What an endpoint's zone has to be, for people. */
  public static String zoneRule() {
    return Syntax.LABEL_RULE;
  }

  /** Whether it is written as an endpoint's address is. */
  public static boolean isAddress(String text) {
    return Syntax.hostPort(text).isPresent();
  }

  /** The same for the same endpoint, however it is written. */
  public static Object key(String address) {
    return Syntax.hostPort(address).<Object>map(at -> at).orElse(address);
  }

  /** States of an instance in the words that people read: "starting". */
  public static String word(InstanceState state) {
    return switch (state) {
      case INSTANCE_STATE_STARTING -> "starting";
      case INSTANCE_STATE_SERVING -> "serving";
      case INSTANCE_STATE_DRAINING -> "draining";
      case INSTANCE_STATE_ENDING -> "ending";
      case INSTANCE_STATE_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }
}
