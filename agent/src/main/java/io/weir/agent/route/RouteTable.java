package io.weir.agent.route;

import io.weir.agent.model.RouteRule;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one listener, compiled for look-ups by the bytes of a request, without allocation.
 * Among the rules that match, the most specific host wins (exact, then the longest wildcard, then
 * any), then the longest path prefix; of two rules with the same host and prefix the first.
 * Immutable.
 *
 * @param <T> what a rule leads to
 */
public final class RouteTable<T> {
  private final ByteMap<Paths<T>> exact = new ByteMap<>(true);

  /** Keyed by what follows the asterisk: ".example.com". */
  private final ByteMap<Paths<T>> wildcard = new ByteMap<>(true);

  private final Paths<T> any = new Paths<>();

  private RouteTable() {}

  /** {@code targets} is asked once for each rule. */
  public static <T> RouteTable<T> compile(List<RouteRule> rules, Function<RouteRule, T> targets) {
    RouteTable<T> table = new RouteTable<>();
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
    private final ByteMap<T> byPrefix = new ByteMap<>(false);
    private int longest;

    /** A prefix is kept without trailing slash, the root as "". */
    void add(String prefix, T pool) {
      String trimmed = prefix;
      while (trimmed.endsWith("/")) {
        trimmed = trimmed.substring(0, trimmed.length() - 1);
      }
      byte[] key = bytes(trimmed);
      if (byPrefix.get(key, 0, key.length) == null) {
        byPrefix.put(key, pool);
        longest = Math.max(longest, key.length);
      }
    }

    /** One pass, which looks up what lies before each slash, and all of it. */
    @Nullable T match(byte[] path, int from, int to) {
      if (byPrefix.isEmpty()) {
        return null;
      }
      T found = null;
      int hash = 0;
      int last = Math.min(to, from + longest);
      for (int i = from; i <= last; i++) {
        if (i == to || path[i] == '/') {
          T pool = byPrefix.get(path, from, i, hash);
          found = pool == null ? found : pool;
        }
        if (i < last) {
          hash = ByteMap.hash(hash, path[i]);
        }
      }
      return found;
    }
  }

  /** Open addressing, at most half full. */
  private static final class ByteMap<V> {
    /** Keys are in lower case, and looked up in any. */
    private final boolean anyCase;

    private byte[][] keys = new byte[4][];
    private Object[] values = new Object[4];
    private int size;

    ByteMap(boolean anyCase) {
      this.anyCase = anyCase;
    }

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
      int i = slot(hashOf(key, 0, key.length));
      while (keys[i] != null) {
        i = i + 1 & keys.length - 1;
      }
      keys[i] = key;
      values[i] = value;
    }

    @Nullable V get(byte[] b, int from, int to) {
      return size == 0 ? null : get(b, from, to, hashOf(b, from, to));
    }

    /** With the {@link #hash} over those bytes. */
    @SuppressWarnings("unchecked") // only put puts values in
    @Nullable V get(byte[] b, int from, int to, int hash) {
      int i = slot(hash);
      while (keys[i] != null) {
        if (same(keys[i], b, from, to)) {
          return (V) values[i];
        }
        i = i + 1 & keys.length - 1;
      }
      return null;
    }

    private boolean same(byte[] key, byte[] b, int from, int to) {
      if (key.length != to - from) {
        return false;
      }
      for (int i = 0; i < key.length; i++) {
        if (key[i] != (anyCase ? lower(b[from + i]) : b[from + i])) {
          return false;
        }
      }
      return true;
    }

    private int hashOf(byte[] b, int from, int to) {
      int h = 0;
      for (int i = from; i < to; i++) {
        h = hash(h, anyCase ? lower(b[i]) : b[i]);
      }
      return h;
    }

    /** Of what came before and one byte more; 0 of nothing. */
    static int hash(int before, int c) {
      return 31 * before + c;
    }

    private int slot(int hash) {
      return (hash ^ hash >>> 15) & keys.length - 1;
    }

    private static int lower(byte c) {
      return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
  }
}
