package io.weir.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import io.weir.agent.model.Pool.HashTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class KeyTableTest {
  private static final int KEYS = 200_000;

  static List<HashTable> kinds() {
    return List.of(new HashTable.Ring(), new HashTable.Maglev(65_537));
  }

  private static List<Endpoint> endpoints(int count) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      endpoints.add(TestPool.endpoint("10.0.%d.%d:8080".formatted(i / 250, i % 250), 1));
    }
    return endpoints;
  }

  /** For keys 0 to KEYS - 1. */
  private static String[] owners(HashTable kind, List<Endpoint> endpoints) {
    KeyTable table = KeyTable.of(kind, endpoints, IntStream.range(0, endpoints.size()).toArray());
    String[] owners = new String[KEYS];
    for (int i = 0; i < KEYS; i++) {
      owners[i] = endpoints.get(table.owner(table.position(KeyHash.of("key" + i)))).address();
    }
    return owners;
  }

  private static Map<String, Integer> count(String[] owners) {
    Map<String, Integer> counts = new HashMap<>();
    for (String owner : owners) {
      counts.merge(owner, 1, Integer::sum);
    }
    return counts;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void eachOfAHundredIsWithinATenthOfTheMean(HashTable kind) {
    List<Endpoint> endpoints = endpoints(100);
    KeyTable table = KeyTable.of(kind, endpoints, IntStream.range(0, 100).toArray());
    int[] counts = new int[100];
    long step = Long.divideUnsigned(-1, 4_000_000);
    for (int i = 0; i < 4_000_000; i++) {
      counts[table.owner(table.position(i * step))]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(36_000, 44_000);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void weightsAreShares(HashTable kind) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int weight = 1; weight <= 5; weight++) {
      endpoints.add(TestPool.endpoint("10.0.0." + weight + ":80", weight * 1_000));
    }
    Map<String, Integer> counts = count(owners(kind, endpoints));
    for (int weight = 1; weight <= 5; weight++) {
      assertThat(counts.getOrDefault("10.0.0." + weight + ":80", 0) * 15.0 / KEYS / weight)
          .isBetween(0.9, 1.1);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void oneOfAHundredThatGoesMovesFewKeys(HashTable kind) {
    List<Endpoint> endpoints = endpoints(100);
    String[] before = owners(kind, endpoints);
    double most = kind instanceof HashTable.Ring ? 0.015 : 0.03;
    for (int gone : new int[] {0, 13, 50, 99}) {
      List<Endpoint> left = new ArrayList<>(endpoints);
      left.remove(gone);
      String[] after = owners(kind, left);
      int moved = 0;
      for (int i = 0; i < KEYS; i++) {
        moved += before[i].equals(after[i]) ? 0 : 1;
      }
      assertThat((double) moved / KEYS).as("%s without %d", kind, gone).isBetween(0.008, most);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theOrderOfDeclarationIsOfNoConcern(HashTable kind) {
    List<Endpoint> endpoints = endpoints(40);
    String[] owners = owners(kind, endpoints);
    Collections.shuffle(endpoints, new Random(TestPool.SEED));
    assertThat(owners(kind, endpoints)).isEqualTo(owners);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anEndpointThatFailsAndReturnsMovesNoKeysButItsOwn(HashTable kind) {
    TestPool pool =
        new TestPool(
            new Balance.Hash(new HashKey.ClientIp(), kind, 0),
            endpoints(20).toArray(Endpoint[]::new));
    Map<Integer, String> before = picks(pool);
    String failed = "10.0.0.7:8080";
    pool.health(failed, Health.UNHEALTHY);
    Map<Integer, String> meanwhile = picks(pool);
    before.forEach((key, owner) -> {
      if (owner.equals(failed)) {
        assertThat(meanwhile.get(key)).isNotEqualTo(failed);
      } else {
        assertThat(meanwhile.get(key)).isEqualTo(owner);
      }
    });
    // And these are spread.
    assertThat(
            before.keySet().stream()
                .filter(key -> failed.equals(before.get(key)))
                .map(meanwhile::get)
                .distinct()
                .count())
        .isGreaterThan(10);
    pool.health(failed, Health.HEALTHY);
    assertThat(picks(pool)).isEqualTo(before);
  }

  private static Map<Integer, String> picks(TestPool pool) {
    Map<Integer, String> picks = new HashMap<>();
    for (int key = 0; key < 5_000; key++) {
      Ticket ticket = pool.pick(TestPool.hash(KeyHash.of("key" + key)));
      ticket.close(Ticket.End.ANSWERED, pool.now);
      picks.put(key, ticket.endpoint().address());
    }
    return picks;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void noEndpointHasMoreThanItsBound(HashTable kind) {
    Endpoint[] endpoints = new Endpoint[10];
    int total = 0;
    for (int i = 0; i < 10; i++) {
      endpoints[i] = TestPool.endpoint("e" + i, 1 + i % 3);
      total += endpoints[i].weight();
    }
    TestPool pool = new TestPool(new Balance.Hash(new HashKey.ClientIp(), kind, 125), endpoints);
    Random random = new Random(TestPool.SEED);
    List<Ticket> open = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      if (open.size() > 200 || !open.isEmpty() && random.nextInt(3) == 0) {
        open.remove(random.nextInt(open.size())).close(Ticket.End.ANSWERED, pool.now);
      }
      // A few keys make most of the load.
      Ticket ticket = pool.pick(TestPool.hash(KeyHash.of("key" + random.nextInt(4))));
      open.add(ticket);
      double fair = (double) open.size() * ticket.endpoint().weight() / total;
      assertThat(ticket.state().inFlight())
          .as("seed %d, pick %d", TestPool.SEED, i)
          .isLessThanOrEqualTo((long) Math.ceil(1.25 * fair));
    }
  }

  @Test
  void aRequestWithoutAKeyGoesAnywhere() {
    TestPool pool =
        new TestPool(
            new Balance.Hash(new HashKey.Header("x-user"), new HashTable.Maglev(65_537), 0),
            endpoints(4).toArray(Endpoint[]::new));
    assertThat(pool.requests(4_000).values()).allMatch(count -> count > 800 && count < 1_200);
  }

  @Test
  void keysOfAnyLengthAreSpread() {
    byte[] bytes = new byte[40];
    int[] bits = new int[64];
    int pairs = 0;
    for (int length = 0; length <= 40; length++) {
      long hash = KeyHash.of(bytes, 0, length);
      for (int at = 0; at < length; at++) {
        bytes[at] ^= 1;
        long other = KeyHash.of(bytes, 0, length) ^ hash;
        bytes[at] ^= 1;
        pairs++;
        for (int bit = 0; bit < 64; bit++) {
          bits[bit] += (int) (other >>> bit & 1);
        }
      }
    }
    for (int bit : bits) {
      assertThat((double) bit / pairs).isBetween(0.4, 0.6);
    }
  }
}
