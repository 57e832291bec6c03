package io.weir.agent.route;

import io.weir.agent.model.RouteRule;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one listener, compiled. Among the rules that match, the most specific host wins
 * (exact, then the longest wildcard, then any), then the longest path prefix; of two rules with the
 * same host and prefix the first. Immutable.
 *
 * @param <T> what a pool's name stands for
 */
public final class RouteTable<T> {
  private final Map<String, Paths<T>> exact = new HashMap<>();

  /** Keyed by what follows the asterisk: ".example.com". */
  private final Map<String, Paths<T>> wildcard = new HashMap<>();

  private final Paths<T> any = new Paths<>();

  private RouteTable() {}

  /** {@code pools} is asked once for each rule. */
  public static <T> RouteTable<T> compile(List<RouteRule> rules, Function<String, T> pools) {
    RouteTable<T> table = new RouteTable<>();
    for (RouteRule rule : rules) {
      T pool = pools.apply(rule.pool());
      if (rule.hosts().isEmpty()) {
        table.any.add(rule.pathPrefix(), pool);
      }
      for (String host : rule.hosts()) {
        Paths<T> paths =
            host.startsWith("*.")
                ? table.wildcard.computeIfAbsent(host.substring(1), h -> new Paths<>())
                : table.exact.computeIfAbsent(host, h -> new Paths<>());
        paths.add(rule.pathPrefix(), pool);
      }
    }
    return table;
  }

  /**
   * @param host as {@link HostName#of} gives it; empty when the request has none
   * @param path as {@link RequestPath#normalise} gives it
   */
  public Optional<T> match(String host, String path) {
    T found = in(exact.get(host), path);
    if (found == null && !wildcard.isEmpty() && !host.startsWith("[")) {
      for (int dot = host.indexOf('.');
          dot >= 0 && found == null;
          dot = host.indexOf('.', dot + 1)) {
        // A name below: at least one character before the dot.
        found = dot == 0 ? null : in(wildcard.get(host.substring(dot)), path);
      }
    }
    return Optional.ofNullable(found == null ? any.match(path) : found);
  }

  private static <T> @Nullable T in(@Nullable Paths<T> paths, String path) {
    return paths == null ? null : paths.match(path);
  }

  /** The prefixes of one host. */
  private static final class Paths<T> {
    private final Map<String, T> byPrefix = new HashMap<>();

    /** Of the prefixes, each once, descending: only these are worth a look-up. */
    private int[] lengths = {};

    /** A prefix is kept without trailing slash, the root as "". */
    void add(String prefix, T pool) {
      String key = prefix;
      while (key.endsWith("/")) {
        key = key.substring(0, key.length() - 1);
      }
      byPrefix.putIfAbsent(key, pool);
      int[] ascending =
          byPrefix.keySet().stream().mapToInt(String::length).distinct().sorted().toArray();
      lengths = new int[ascending.length];
      Arrays.setAll(lengths, i -> ascending[ascending.length - 1 - i]);
    }

    @Nullable T match(String path) {
      for (int length : lengths) {
        if (length == path.length() || (length < path.length() && path.charAt(length) == '/')) {
          T pool = byPrefix.get(path.substring(0, length));
          if (pool != null) {
            return pool;
          }
        }
      }
      return null;
    }
  }
}
