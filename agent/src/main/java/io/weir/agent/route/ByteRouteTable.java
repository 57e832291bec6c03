package io.weir.agent.route;

import io.weir.agent.model.RouteRule;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one listener, compiled for look-ups by the bytes of a request, without allocation.
 * Matches as {@link RouteTable} does. Immutable.
 *
 * @param <T> what a rule leads to
 */
public final class ByteRouteTable<T> {
  private final ByteMap<Paths<T>> exact = new ByteMap<>();

  /** Keyed by what follows the asterisk: ".example.com". */
  private final ByteMap<Paths<T>> wildcard = new ByteMap<>();

  private final Paths<T> any = new Paths<>();

  private ByteRouteTable() {}

  /** {@code targets} is asked once for each rule. */
  public static <T> ByteRouteTable<T> compile(
      List<RouteRule> rules, Function<RouteRule, T> targets) {
    ByteRouteTable<T> table = new ByteRouteTable<>();
    for (RouteRule rule : rules) {
      T pool = targets.apply(rule);
      if (rule.hosts().isEmpty()) {
        table.any.add(rule.pathPrefix(), pool);
      }
      for (String host : rule.hosts()) {
        boolean wild = host.startsWith("*.");
        byte[] key = bytes((wild ? host.substring(1) : host).toLowerCase(Locale.ROOT));
        ByteMap<Paths<T>> hosts = wild ? table.wildcard : table.exact;
        Paths<T> paths = hosts.get(key, 0, key.length);
        if (paths == null) {
          paths = new Paths<>();
          hosts.put(key, paths);
        }
        paths.add(rule.pathPrefix(), pool);
      }
    }
    return table;
  }

  /** Null when no rule matches. */
  public @Nullable T match(RouteKey key) {
    byte[] host = key.host;
    int hostFrom = key.hostFrom;
    int hostTo = key.hostTo;
    byte[] path = key.path;
    int pathFrom = key.pathFrom;
    int pathTo = key.pathTo;
    T found = in(exact.get(host, hostFrom, hostTo), path, pathFrom, pathTo);
    if (found == null && !wildcard.isEmpty() && hostFrom < hostTo && host[hostFrom] != '[') {
      // A name below: at least one character before the dot.
      for (int i = hostFrom + 1; i < hostTo && found == null; i++) {
        if (host[i] == '.') {
          found = in(wildcard.get(host, i, hostTo), path, pathFrom, pathTo);
        }
      }
    }
    return found == null ? any.match(path, pathFrom, pathTo) : found;
  }

  private static <T> @Nullable T in(@Nullable Paths<T> paths, byte[] path, int from, int to) {
    return paths == null ? null : paths.match(path, from, to);
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The prefixes of one host. */
  private static final class Paths<T> {
    private byte[][] prefixes = {};
    private Object[] pools = {};

    /** A prefix is kept without trailing slash, the root as "". Longest first. */
    void add(String prefix, T pool) {
      String trimmed = prefix;
      while (trimmed.endsWith("/")) {
        trimmed = trimmed.substring(0, trimmed.length() - 1);
      }
      byte[] key = bytes(trimmed);
      int at = 0;
      while (at < prefixes.length && prefixes[at].length >= key.length) {
        if (Arrays.equals(prefixes[at], key)) {
          return;
        }
        at++;
      }
      byte[][] morePrefixes = Arrays.copyOf(prefixes, prefixes.length + 1);
      Object[] morePools = Arrays.copyOf(pools, pools.length + 1);
      System.arraycopy(prefixes, at, morePrefixes, at + 1, prefixes.length - at);
      System.arraycopy(pools, at, morePools, at + 1, pools.length - at);
      morePrefixes[at] = key;
      morePools[at] = pool;
      prefixes = morePrefixes;
      pools = morePools;
    }

    @SuppressWarnings("unchecked") // only add puts pools in
    @Nullable T match(byte[] path, int from, int to) {
      int length = to - from;
      for (int i = 0; i < prefixes.length; i++) {
        byte[] prefix = prefixes[i];
        int n = prefix.length;
        if ((n == length || n < length && path[from + n] == '/')
            && Arrays.equals(prefix, 0, n, path, from, from + n)) {
          return (T) pools[i];
        }
      }
      return null;
    }
  }

  /** From lower-case keys, looked up in any case; open addressing, at most half full. */
  private static final class ByteMap<V> {
    private byte[][] keys = new byte[8][];
    private Object[] values = new Object[8];
    private int size;

    boolean isEmpty() {
      return size == 0;
    }

    void put(byte[] key, V value) {
      if (2 * (size + 1) > keys.length) {
        grow();
      }
      insert(key, value);
      size++;
    }

    private void grow() {
      byte[][] oldKeys = keys;
      Object[] oldValues = values;
      keys = new byte[2 * oldKeys.length][];
      values = new Object[2 * oldKeys.length];
      for (int i = 0; i < oldKeys.length; i++) {
        if (oldKeys[i] != null) {
          insert(oldKeys[i], oldValues[i]);
        }
      }
    }

    private void insert(byte[] key, Object value) {
      int i = hash(key, 0, key.length) & keys.length - 1;
      while (keys[i] != null) {
        i = i + 1 & keys.length - 1;
      }
      keys[i] = key;
      values[i] = value;
    }

    @SuppressWarnings("unchecked") // only put puts values in
    @Nullable V get(byte[] b, int from, int to) {
      if (size == 0) {
        return null;
      }
      int i = hash(b, from, to) & keys.length - 1;
      while (keys[i] != null) {
        if (same(keys[i], b, from, to)) {
          return (V) values[i];
        }
        i = i + 1 & keys.length - 1;
      }
      return null;
    }

    private static boolean same(byte[] key, byte[] b, int from, int to) {
      if (key.length != to - from) {
        return false;
      }
      for (int i = 0; i < key.length; i++) {
        if (key[i] != lower(b[from + i])) {
          return false;
        }
      }
      return true;
    }

    private static int hash(byte[] b, int from, int to) {
      int h = 0;
      for (int i = from; i < to; i++) {
        h = 31 * h + lower(b[i]);
      }
      return h ^ h >>> 15;
    }

    private static int lower(byte c) {
      return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
  }
}
