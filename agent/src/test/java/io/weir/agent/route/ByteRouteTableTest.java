package io.weir.agent.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.RouteRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ByteRouteTableTest {
  private final RouteKey key = new RouteKey();

  private Optional<String> match(ByteRouteTable<String> table, String host, String path) {
    byte[] b = ("x." + host + "./" + path + "/y").getBytes(StandardCharsets.ISO_8859_1);
    int pathFrom = host.length() + 4;
    assertThat(key.read(b, 2, 2 + host.length(), pathFrom, pathFrom + path.length())).isTrue();
    return Optional.ofNullable(table.match(key));
  }

  @Test
  void anEmptyTableMatchesNothing() {
    assertThat(match(ByteRouteTable.compile(List.of(), RouteRule::pool), "h", "/")).isEmpty();
  }

  @Test
  void itAgreesWithRouteTable() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      List<RouteRule> rules = rules(random, random.nextInt(random.nextInt(10) == 0 ? 200 : 10));
      RouteTable<String> strings = RouteTable.compile(rules, Function.identity());
      ByteRouteTable<String> bytes = ByteRouteTable.compile(rules, RouteRule::pool);
      for (int i = 0; i < 50; i++) {
        String authority = random.nextInt(20) == 0 ? "" : host(random) + port(random);
        String target = path(random);
        String host = authority.isEmpty() ? "" : HostName.of(authority).orElseThrow();
        String path = RequestPath.normalise(target).orElseThrow();
        assertThat(match(bytes, authority, target))
            .as("seed %d: %s %s in %s", seed, authority, target, rules)
            .isEqualTo(strings.match(host, path));
      }
    }
  }

  private static List<RouteRule> rules(Random random, int count) {
    List<RouteRule> rules = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<String> hosts =
          IntStream.range(0, random.nextInt(3))
              .mapToObj(n -> (random.nextInt(3) == 0 ? "*." : "") + name(random))
              .toList();
      rules.add(new RouteRule(hosts, prefix(random), "pool" + i));
    }
    return rules;
  }

  private static String name(Random random) {
    return random.nextInt(30) == 0
        ? "[::1]"
        : IntStream.rangeClosed(0, random.nextInt(3))
            .mapToObj(n -> "" + "ab_".charAt(random.nextInt(3)))
            .collect(Collectors.joining("."));
  }

  private static String host(Random random) {
    String name = name(random);
    name = random.nextInt(5) == 0 ? name.replace('a', 'A') : name;
    return random.nextInt(8) == 0 && !name.startsWith("[") ? name + "." : name;
  }

  private static String port(Random random) {
    return random.nextInt(4) == 0 ? ":8080" : "";
  }

  private static String prefix(Random random) {
    return IntStream.range(0, random.nextInt(4))
            .mapToObj(n ->
                IntStream.rangeClosed(0, random.nextInt(2))
                    .mapToObj(m -> "" + "xyX".charAt(random.nextInt(3)))
                    .collect(Collectors.joining()))
            .collect(Collectors.joining("/", "/", ""))
        + (random.nextInt(5) == 0 ? "/" : "");
  }

  private static String path(Random random) {
    String path = prefix(random);
    return switch (random.nextInt(10)) {
      case 0 -> path.replace("x", "%78");
      case 1 -> path.replace("/", "//");
      case 2 -> path.replaceFirst("/", "/y/../");
      default -> path;
    };
  }
}
