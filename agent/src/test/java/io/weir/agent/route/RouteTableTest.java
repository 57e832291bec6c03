package io.weir.agent.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.RouteRule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class RouteTableTest {
  private static RouteRule rule(String host, String prefix, String pool) {
    return new RouteRule(host.isEmpty() ? List.of() : List.of(host), prefix, pool);
  }

  private static RouteTable<String> table(RouteRule... rules) {
    return RouteTable.compile(List.of(rules), Function.identity());
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
      assertThat(table.match("www.example.com", "/")).contains("exact");
    }

    @Test
    void theLongestWildcardWins() {
      assertThat(table.match("a.b.example.com", "/")).contains("wild");
      assertThat(table.match("example.com", "/")).contains("com");
    }

    @Test
    void aRuleWithoutHostsTakesTheRest() {
      assertThat(table.match("example.org", "/")).contains("any");
      assertThat(table.match("com", "/")).contains("any");
      assertThat(table.match(".example.com", "/")).contains("com");
      assertThat(table.match("[::1]", "/")).contains("any");
      assertThat(table.match("", "/")).contains("any");
    }

    @Test
    void aHostWhosePathsDoNotMatchLeavesTheRequestToLessSpecificOnes() {
      assertThat(table.match("only.example.com", "/only/x")).contains("narrow");
      assertThat(table.match("only.example.com", "/x")).contains("wild");
    }
  }

  @Nested
  final class Paths {
    private final RouteTable<String> table =
        table(rule("", "/a", "a"), rule("", "/a/b/", "ab"), rule("", "/a", "late"));

    @Test
    void thePrefixMatchesWholeSegments() {
      assertThat(table.match("h", "/a")).contains("a");
      assertThat(table.match("h", "/a/")).contains("a");
      assertThat(table.match("h", "/a/x")).contains("a");
      assertThat(table.match("h", "/ab")).isEmpty();
      assertThat(table.match("h", "/")).isEmpty();
    }

    @Test
    void theLongestPrefixWins() {
      assertThat(table.match("h", "/a/b")).contains("ab");
      assertThat(table.match("h", "/a/b/c")).contains("ab");
      assertThat(table.match("h", "/a/bc")).contains("a");
    }
  }

  @Test
  void aTableAgreesWithALinearSearch() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<RouteRule> rules = rules(random);
      RouteTable<String> table = RouteTable.compile(rules, Function.identity());
      for (int i = 0; i < 50; i++) {
        String host = host(random);
        String path = path(random);
        assertThat(table.match(host, path))
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
