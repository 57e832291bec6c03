package io.weir.controller.model;

import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.DiscoveryRecord;
import io.weir.v1.Endpoint;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The endpoints that discovery has found for one pool, as the store has them. Agents run them
 * beside those that are declared.
 *
 * @param revision at which they were written
 */
public record Found(long revision, DiscoveryRecord record) {
  /** Below that of the configuration, so that both are read at one revision. */
  private static final String STORE_KEYS = "config/found/";

  /** No part of a name. */
  private static final String STAGED = "@";

  private static final int MAX_ENDPOINTS = 4_096;

  public static String storeKey(String pool) {
    return STORE_KEYS + pool;
  }

  /** What a pool's endpoints are kept under that are found as a staged change wants it. */
  public static String staged(String pool, long change) {
    return pool + STAGED + change;
  }

  /** Whether these are not of a pool as it is declared. */
  public static boolean isStaged(String pool) {
    return pool.contains(STAGED);
  }

  /** What they are found for; empty for any other key. */
  public static Optional<String> parseStoreKey(String key) {
    return key.startsWith(STORE_KEYS)
        ? Optional.of(key.substring(STORE_KEYS.length()))
        : Optional.empty();
  }

  /** What was there at {@code then}; empty: that is forgotten. */
  public Optional<List<DiscoveredEndpoint>> at(long then) {
    if (revision <= then) {
      return Optional.of(record.getEndpointsList());
    }
    return record.getEarlierList().stream()
        .filter(earlier -> earlier.getRevision() <= then)
        .findFirst()
        .map(DiscoveryRecord.Earlier::getEndpointsList);
  }

  /**
   * What agents are to run: {@code declared} with what was found. The same one where nothing of it
   * is to be found.
   */
  public static Config with(Config declared, Map<String, Found> found) {
    long[] revision = {declared.revision()};
    Map<ResourceKey, Optional<Resource>> pools =
        pools(
            declared,
            pool -> {
              Found its = found.get(pool);
              if (its == null) {
                return Optional.of(List.of());
              }
              revision[0] = Math.max(revision[0], its.revision());
              return Optional.of(its.record().getEndpointsList());
            });
    return pools.isEmpty() ? declared : declared.with(revision[0], pools);
  }

  /**
   * What agents were to run at {@code then}; empty: that is forgotten.
   *
   * @param declared at {@code then}
   * @param found now
   */
  public static Optional<Config> at(Config declared, Map<String, Found> found, long then) {
    Map<ResourceKey, Optional<Resource>> pools =
        pools(declared, pool -> Optional.ofNullable(found.get(pool)).flatMap(its -> its.at(then)));
    return pools.size() < searching(declared)
        ? Optional.empty()
        : Optional.of(pools.isEmpty() ? declared : declared.with(then, pools));
  }

  private static long searching(Config declared) {
    return declared.of(Kind.POOL).filter(pool -> pool.getPool().getSpec().hasDiscovery()).count();
  }

  private static Map<ResourceKey, Optional<Resource>> pools(
      Config declared, Function<String, Optional<List<DiscoveredEndpoint>>> found) {
    Map<ResourceKey, Optional<Resource>> pools = new HashMap<>();
    declared
        .of(Kind.POOL)
        .filter(pool -> pool.getPool().getSpec().hasDiscovery())
        .forEach(pool ->
            found
                .apply(pool.getMetadata().getName())
                .ifPresent(its ->
                    pools.put(
                        ResourceKey.pool(pool.getMetadata().getName()),
                        Optional.of(with(pool, its)))));
    return pools;
  }

  /** A pool with what was found; what is declared goes before. */
  public static Resource with(Resource pool, List<DiscoveredEndpoint> found) {
    PoolSpec.Builder spec = pool.getPool().getSpec().toBuilder().clearDiscovery();
    Set<Object> declared = new HashSet<>();
    spec.getEndpointsList().forEach(one -> declared.add(same(one.getAddress())));
    for (DiscoveredEndpoint one : found) {
      if (spec.getEndpointsCount() < MAX_ENDPOINTS && declared.add(same(one.getAddress()))) {
        spec.addEndpoints(
            Endpoint.newBuilder()
                .setAddress(one.getAddress())
                .setWeight(one.getWeight())
                .setPriority(one.getPriority()));
      }
    }
    return pool.toBuilder().setPool(pool.getPool().toBuilder().setSpec(spec)).build();
  }

  /** However it is written. */
  private static Object same(String address) {
    return Syntax.hostPort(address).<Object>map(at -> at).orElse(address);
  }
}
