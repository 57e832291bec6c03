package io.weir.agent.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.RouteRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class RouteTableTest {
  private static RouteRule rule(String host, String prefix, String pool) {
    return new RouteRule(host.isEmpty() ? List.of() : List.of(host), prefix, pool);
  }

  private static RouteTable<String> table(RouteRule... rules) {
    return RouteTable.compile(List.of(rules), RouteRule::pool);
  }

  /** By bytes that lie among others, the host in any case and with a port. */
  private static Optional<String> match(RouteTable<String> table, String host, String path) {
    RouteKey key = new RouteKey();
    String authority = host.isEmpty() ? "" : host.toUpperCase(Locale.ROOT) + ":8080";
    byte[] b = ("x." + authority + "./" + path + "/y").getBytes(StandardCharsets.ISO_8859_1);
    int pathFrom = authority.length() + 4;
    assertThat(key.read(b, 2, 2 + authority.length(), pathFrom, pathFrom + path.length())).isTrue();
    return Optional.ofNullable(table.match(key));
  }

  @Test
  void anEmptyTableMatchesNothing() {
    assertThat(match(table(), "h", "/")).isEmpty();
  }

  @Nested
  final class Hosts {
    private final RouteTable<String> table =
        table(
            rule("", "/", "any"),
            rule("*.com", "/", "com"),
            rule("*.example.com", "/", "wild"),
            rule("www.example.com", "/", "exact"),
            rule("only.example.com", "/only", "narrow"));

    @Test
    void anExactNameWinsOverAWildcard() {
      assertThat(match(table, "www.example.com", "/")).contains("exact");
    }

    @Test
    void theLongestWildcardWins() {
      assertThat(match(table, "a.b.example.com", "/")).contains("wild");
      assertThat(match(table, "example.com", "/")).contains("com");
    }

    @Test
    void aRuleWithoutHostsTakesTheRest() {
      assertThat(match(table, "example.org", "/")).contains("any");
      assertThat(match(table, "com", "/")).contains("any");
      assertThat(match(table, ".example.com", "/")).contains("com");
      assertThat(match(table, "[::1]", "/")).contains("any");
      assertThat(match(table, "", "/")).contains("any");
    }

    @Test
    void aHostWhosePathsDoNotMatchLeavesTheRequestToLessSpecificOnes() {
      assertThat(match(table, "only.example.com", "/only/x")).contains("narrow");
      assertThat(match(table, "only.example.com", "/x")).contains("wild");
    }
  }

  @Nested
  final class Paths {
    private final RouteTable<String> table =
        table(rule("", "/a", "a"), rule("", "/a/b/", "ab"), rule("", "/a", "late"));

    @Test
    void thePrefixMatchesWholeSegments() {
      assertThat(match(table, "h", "/a")).contains("a");
      assertThat(match(table, "h", "/a/")).contains("a");
      assertThat(match(table, "h", "/a/x")).contains("a");
      assertThat(match(table, "h", "/ab")).isEmpty();
      assertThat(match(table, "h", "/")).isEmpty();
    }

    @Test
    void theLongestPrefixWins() {
      assertThat(match(table, "h", "/a/b")).contains("ab");
      assertThat(match(table, "h", "/a/b/c")).contains("ab");
      assertThat(match(table, "h", "/a/bc")).contains("a");
    }
  }

  @Test
  void aTableAgreesWithALinearSearch() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<RouteRule> rules = rules(random);
      RouteTable<String> table = RouteTable.compile(rules, RouteRule::pool);
      for (int i = 0; i < 50; i++) {
        String host = host(random);
        String path = path(random);
        assertThat(match(table, host, path))
            .as("seed %d: %s %s in %s", seed, host, path, rules)
            .isEqualTo(linear(rules, host, path));
      }
    }
  }

  private static List<RouteRule> rules(Random random) {
    List<RouteRule> rules = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (int i = random.nextInt(8); i >= 0; i--) {
      String prefix = path(random);
      List<String> hosts =
          IntStream.range(0, random.nextInt(3))
              .mapToObj(n -> random.nextInt(3) == 0 ? "*." + host(random) : host(random))
              .distinct()
              .filter(host -> taken.add(host + prefix))
              .toList();
      if (!hosts.isEmpty() || taken.add(prefix)) {
        rules.add(new RouteRule(hosts, prefix, "pool" + i));
      }
    }
    return rules;
  }

  private static String host(Random random) {
    return IntStream.rangeClosed(0, random.nextInt(3))
        .mapToObj(n -> "" + "abc".charAt(random.nextInt(3)))
        .collect(Collectors.joining("."));
  }

  private static String path(Random random) {
    return IntStream.range(0, random.nextInt(4))
        .mapToObj(n -> "" + "xyz".charAt(random.nextInt(3)))
        .collect(Collectors.joining("/", "/", ""));
  }

  /** As the rule is written down, without any cleverness. */
  private static Optional<String> linear(List<RouteRule> rules, String host, String path) {
    Optional<String> best = Optional.empty();
    int bestHost = -1;
    int bestPath = -1;
    for (RouteRule rule : rules) {
      String prefix = rule.pathPrefix();
      if (!prefix.equals("/") && !path.equals(prefix) && !path.startsWith(prefix + "/")) {
        continue;
      }
      int rank = rank(rule.hosts(), host);
      if (rank > bestHost || (rank == bestHost && rank >= 0 && prefix.length() > bestPath)) {
        best = Optional.of(rule.pool());
        bestHost = rank;
        bestPath = prefix.length();
      }
    }
    return best;
  }

  private static int rank(List<String> hosts, String host) {
    if (hosts.isEmpty()) {
      return 0;
    }
    int rank = -1;
    for (String candidate : hosts) {
      if (candidate.equals(host)) {
        rank = Math.max(rank, 1000);
      } else if (candidate.startsWith("*.") && host.endsWith(candidate.substring(1))) {
        rank = Math.max(rank, candidate.length());
      }
    }
    return rank;
  }
}
