package io.weir.controller.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.weir.controller.discovery.Answer.Addresses;
import io.weir.controller.discovery.Answer.Failed;
import io.weir.controller.discovery.Answer.Service;
import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.DnsType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SearchTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final String NAME = "web.example.com";

  private static Rules rules(DnsType type, long keep, int max) {
    return new Rules(
        NAME,
        type,
        type == DnsType.DNS_TYPE_SRV ? 0 : 80,
        1,
        0,
        5 * SECOND,
        60 * SECOND,
        keep,
        List.of(),
        max);
  }

  /** A search in virtual time, and a DNS that says what it is told to. */
  private static final class World {
    private final Map<Query, Answer> zone = new HashMap<>();
    private final Map<Query, List<Long>> asked = new HashMap<>();
    private final Search search;
    private final SplittableRandom random = new SplittableRandom(1);
    private long now = -7 * SECOND;

    World(Rules rules, List<DiscoveredEndpoint> lastGood) {
      search = new Search(rules, lastGood, now);
    }

    World answers(Query.Type type, String name, Answer answer) {
      zone.put(new Query(name, type), answer);
      return this;
    }

    World addresses(Query.Type type, String name, int ttl, String... addresses) {
      return answers(type, name, new Addresses(List.of(addresses), ttl * SECOND));
    }

    World services(int ttl, Service... services) {
      return answers(Query.Type.SRV, NAME, new Answer.Services(List.of(services), ttl * SECOND));
    }

    /** Everything that is due until {@code seconds} from now. */
    World run(int seconds) {
      long end = now + seconds * SECOND;
      while (search.nextDue() <= end) {
        now = Math.max(now, search.nextDue());
        search.tick(now);
        for (Query query : search.due(now)) {
          asked.computeIfAbsent(query, _ -> new ArrayList<>()).add(now);
          search.answered(
              query,
              zone.getOrDefault(query, new Addresses(List.of(), 0)),
              now,
              random.nextDouble());
        }
      }
      now = end;
      return this;
    }

    List<Long> asked(Query.Type type) {
      return asked.getOrDefault(new Query(NAME, type), List.of());
    }

    List<String> found() {
      return search.endpoints().stream().map(DiscoveredEndpoint::getAddress).toList();
    }
  }

  private static World world(DnsType type) {
    return new World(rules(type, 0, 1_000), List.of());
  }

  @Test
  void addressesOfBothFamiliesAreEndpointsInOneOrder() {
    World world =
        world(DnsType.DNS_TYPE_ADDRESSES)
            .addresses(Query.Type.A, NAME, 30, "10.0.0.2", "10.0.0.1", "10.0.0.2")
            .addresses(Query.Type.AAAA, NAME, 30, "2001:db8::1")
            .run(1);
    assertThat(world.found()).containsExactly("10.0.0.1:80", "10.0.0.2:80", "[2001:db8::1]:80");
    assertThat(world.search.failure()).isEmpty();
  }

  @Test
  void aNameOfOneFamilyDoesNotFail() {
    World world =
        world(DnsType.DNS_TYPE_ADDRESSES).addresses(Query.Type.A, NAME, 30, "10.0.0.1").run(300);
    assertThat(world.found()).containsExactly("10.0.0.1:80");
    assertThat(world.search.failure()).isEmpty();
    assertThat(world.asked(Query.Type.AAAA).size()).isBetween(8, 12);
  }

  @Test
  void whatWasFoundStaysWhileNothingIs() {
    World world = world(DnsType.DNS_TYPE_A).addresses(Query.Type.A, NAME, 30, "10.0.0.1").run(10);
    for (Answer nothing :
        List.of(
            new Failed("was not answered in time"),
            new Failed("does not exist (NXDOMAIN)"),
            new Addresses(List.of(), 0))) {
      world.answers(Query.Type.A, NAME, nothing).run(4_000);
      assertThat(world.found()).as("%s", nothing).containsExactly("10.0.0.1:80");
      assertThat(world.search.failure()).as("%s", nothing).isPresent();
    }
    world.addresses(Query.Type.A, NAME, 30, "10.0.0.2").run(70);
    assertThat(world.found()).containsExactly("10.0.0.2:80");
    assertThat(world.search.failure()).isEmpty();
  }

  @Test
  void aFamilyThatFailsStaysWhileTheOtherChangesAlsoAfterARestart() {
    World world =
        world(DnsType.DNS_TYPE_ADDRESSES)
            .addresses(Query.Type.A, NAME, 30, "10.0.0.1")
            .addresses(Query.Type.AAAA, NAME, 30, "2001:db8::1")
            .run(1);
    World next =
        new World(rules(DnsType.DNS_TYPE_ADDRESSES, 0, 10), world.search.endpoints())
            .answers(Query.Type.AAAA, NAME, new Failed("was not answered in time"))
            .addresses(Query.Type.A, NAME, 30, "10.0.0.2");
    assertThat(next.found()).isEqualTo(world.found());
    next.run(1);
    assertThat(next.found()).containsExactly("10.0.0.2:80", "[2001:db8::1]:80");
    assertThat(next.search.failure().orElseThrow()).contains("AAAA").contains("in time");
  }

  @Test
  void timesToLiveAreKeptWithinTheBounds() {
    World world = world(DnsType.DNS_TYPE_A).addresses(Query.Type.A, NAME, 0, "10.0.0.1").run(1_000);
    assertThat(world.asked(Query.Type.A).size()).isBetween(180, 201);
    world = world(DnsType.DNS_TYPE_A).addresses(Query.Type.A, NAME, 86_400, "10.0.0.1").run(1_000);
    assertThat(world.asked(Query.Type.A)).hasSize(17);
    world = world(DnsType.DNS_TYPE_A).addresses(Query.Type.A, NAME, 20, "10.0.0.1").run(1_000);
    assertThat(world.asked(Query.Type.A).size()).isBetween(45, 51);
  }

  @Test
  void failuresAreAskedAfterLessAndLessUpToTheMost() {
    World world =
        world(DnsType.DNS_TYPE_A)
            .answers(Query.Type.A, NAME, new Failed("was not answered"))
            .run(600);
    List<Long> asked = world.asked(Query.Type.A);
    long[] least = {5, 10, 20, 40, 60, 60, 60};
    for (int i = 0; i < least.length; i++) {
      double pause = (double) (asked.get(i + 1) - asked.get(i)) / SECOND;
      assertThat(pause).isBetween((double) least[i], Math.min(60, least[i] * 1.1));
    }
    assertThat(world.found()).isEmpty();
  }

  @Test
  void anAddressIsKeptForAWhileWhereThatIsWanted() {
    World world =
        new World(rules(DnsType.DNS_TYPE_A, 30 * SECOND, 1_000), List.of())
            .addresses(Query.Type.A, NAME, 5, "10.0.0.1", "10.0.0.2")
            .run(20)
            .addresses(Query.Type.A, NAME, 5, "10.0.0.2", "10.0.0.3")
            .run(20);
    assertThat(world.found()).containsExactly("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80");
    world.run(20);
    assertThat(world.found()).containsExactly("10.0.0.2:80", "10.0.0.3:80");
  }

  @Test
  void moreThanTheMostIsCutAndSaidSo() {
    World world =
        new World(rules(DnsType.DNS_TYPE_A, 60 * SECOND, 2), List.of())
            .addresses(Query.Type.A, NAME, 5, "10.0.0.3", "10.0.0.2", "10.0.0.1")
            .run(1);
    assertThat(world.found()).containsExactly("10.0.0.1:80", "10.0.0.2:80");
    assertThat(world.search.limited().orElseThrow()).contains("3 addresses").contains("2 are");
  }

  @Test
  void serviceRecordsGivePortsPrioritiesAndWeights() {
    World world =
        world(DnsType.DNS_TYPE_SRV)
            .services(
                30,
                new Service("a.example.com", 8080, 10, 3),
                new Service("b.example.com", 8081, 10, 1),
                new Service("c.example.com", 8082, 20, 5))
            .addresses(Query.Type.A, "a.example.com", 30, "10.0.0.1")
            .addresses(Query.Type.A, "b.example.com", 30, "10.0.0.2")
            .addresses(Query.Type.AAAA, "c.example.com", 30, "2001:db8::3")
            .run(1);
    assertThat(world.search.endpoints())
        .extracting(
            DiscoveredEndpoint::getAddress,
            DiscoveredEndpoint::getPriority,
            DiscoveredEndpoint::getWeight,
            DiscoveredEndpoint::getName)
        .containsExactly(
            tuple("10.0.0.1:8080", 0, 3, "a.example.com"),
            tuple("10.0.0.2:8081", 0, 1, "b.example.com"),
            tuple("[2001:db8::3]:8082", 1, 5, "c.example.com"));
  }

  @Test
  void aTargetsWeightIsSharedByItsAddressesAndNoWeightIsTheLeast() {
    World world =
        world(DnsType.DNS_TYPE_SRV)
            .services(
                30,
                new Service("a.example.com", 80, 0, 10),
                new Service("b.example.com", 80, 0, 10),
                new Service("c.example.com", 80, 0, 0))
            .addresses(Query.Type.A, "a.example.com", 30, "10.0.0.1", "10.0.0.2")
            .addresses(Query.Type.A, "b.example.com", 30, "10.0.0.3")
            .addresses(Query.Type.A, "c.example.com", 30, "10.0.0.4")
            .run(1);
    assertThat(world.search.endpoints())
        .extracting(DiscoveredEndpoint::getWeight)
        .containsExactly(500, 500, 1_000, 1);
  }

  @Test
  void aTargetThatTakesAnOthersPlaceIsWaitedFor() {
    World world =
        world(DnsType.DNS_TYPE_SRV)
            .services(5, new Service("a.example.com", 80, 0, 1))
            .addresses(Query.Type.A, "a.example.com", 5, "10.0.0.1")
            .run(1)
            .services(5, new Service("b.example.com", 80, 0, 1))
            .answers(Query.Type.A, "b.example.com", new Failed("was not answered in time"))
            .run(600);
    assertThat(world.found()).containsExactly("10.0.0.1:80");
    world.addresses(Query.Type.A, "b.example.com", 5, "10.0.0.2").run(70);
    assertThat(world.found()).containsExactly("10.0.0.2:80");
  }

  @Test
  void manyTargetsAreAskedForSomeAtATime() {
    World world = world(DnsType.DNS_TYPE_SRV);
    Service[] services = new Service[200];
    for (int i = 0; i < services.length; i++) {
      services[i] = new Service("t" + i, 80, 0, 1);
      world.addresses(Query.Type.A, "t" + i, 30, "10.0.1." + i);
    }
    world.services(30, services);
    List<Query> first = world.search.due(world.now);
    world.search.answered(
        first.getFirst(), world.zone.getOrDefault(first.getFirst(), new Failed("")), world.now, 0);
    List<Query> next = world.search.due(world.now);
    assertThat(next).hasSizeBetween(10, 50);
    assertThat(world.search.nextDue()).isEqualTo(Long.MAX_VALUE);
    for (Query query : next) {
      world.search.answered(
          query, world.zone.getOrDefault(query, new Addresses(List.of(), 0)), world.now, 0);
    }
    world.run(1);
    assertThat(world.found()).hasSize(200);
  }

  @Test
  void whateverDnsSaysNothingGoodIsLostAndWhatIsThereIsFoundInTime() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    System.out.println("seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      long keep = random.nextInt(3) * 20L * SECOND;
      World world = new World(rules(DnsType.DNS_TYPE_ADDRESSES, keep, 20), List.of());
      boolean had = false;
      for (int change = 0; change < 30; change++) {
        Set<String> is = new HashSet<>();
        for (Query.Type type : List.of(Query.Type.A, Query.Type.AAAA)) {
          Answer answer = any(type, random);
          world.answers(type, NAME, answer);
          if (answer instanceof Addresses found) {
            found.addresses().forEach(one -> is.add(Services.address(one, 80)));
          }
        }
        boolean longer = random.nextBoolean();
        world.run(longer ? 200 : random.nextInt(1, 30));
        had |= !world.found().isEmpty();
        assertThat(world.found().isEmpty()).isEqualTo(!had);
        assertThat(world.found()).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(20);
        if (longer) {
          // Longer than any time to live, back-off and keeping together.
          assertThat(world.found()).containsAll(is);
          boolean whole =
              world.zone.values().stream().noneMatch(Failed.class::isInstance) && !is.isEmpty();
          if (whole) {
            assertThat(world.found()).containsExactlyInAnyOrderElementsOf(is);
          }
        }
        world.asked.values().forEach(SearchTest::assertBounded);
      }
    }
  }

  private static Answer any(Query.Type type, SplittableRandom random) {
    return switch (random.nextInt(5)) {
      case 0 -> new Failed("was not answered in time");
      case 1 -> new Addresses(List.of(), 0);
      default -> {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < random.nextInt(1, 6); i++) {
          addresses.add(
              type == Query.Type.A
                  ? "10.0.0." + random.nextInt(9)
                  : "2001:db8::" + random.nextInt(9));
        }
        yield new Addresses(addresses, random.nextLong(100) * SECOND);
      }
    };
  }

  private static void assertBounded(List<Long> asked) {
    for (int i = 1; i < asked.size(); i++) {
      assertThat(asked.get(i) - asked.get(i - 1)).isBetween(5 * SECOND, 60 * SECOND);
    }
  }
}
