package io.weir.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.health.OutlierDetector.Change;
import io.weir.agent.model.Outliers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class OutlierDetectorTest {
  private static final long SEED = Long.getLong("weir.seed", 20_261_122L);
  private static final long SECOND = 1_000_000_000L;
  private static final Outliers RATES =
      new Outliers(
          5,
          Optional.of(new Outliers.ErrorRate(1.5, 5, 5, 100)),
          Optional.of(new Outliers.Latency(3, Duration.ofMillis(50), 3, 100)),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(300),
          10);

  private final Map<String, Traffic> traffic = new HashMap<>();
  private final Set<String> down = new HashSet<>();
  private long now = 5 * SECOND;
  private OutlierDetector detector = detector(10, Outliers.USUAL);

  private OutlierDetector detector(int endpoints, Outliers rules) {
    OutlierDetector made = new OutlierDetector("p", rules, now);
    made.declare(names(endpoints), rules);
    return made;
  }

  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "e" + i).toList();
  }

  private Optional<Ejection> failed(String address, int inARow) {
    return detector.failed(address, inARow, other -> !down.contains(other), now);
  }

  private List<Change> tick() {
    return detector.tick(
        address -> traffic.getOrDefault(address, Traffic.NONE),
        other -> !down.contains(other),
        now);
  }

  /** So much more at every endpoint, which {@code change} alters for some. */
  private void serve(int endpoints, long requests, long errors, long millis) {
    names(endpoints).forEach(name -> serve(name, requests, errors, millis));
  }

  private void serve(String name, long requests, long errors, long millis) {
    traffic.merge(
        name,
        new Traffic(requests, errors, requests, requests * millis * 1_000_000),
        (a, b) ->
            new Traffic(
                a.requests() + b.requests(),
                a.errors() + b.errors(),
                a.answers() + b.answers(),
                a.answerNanos() + b.answerNanos()));
  }

  @Nested
  final class GatewayErrors {
    @Test
    void inARowEjectWithinTheRequest() {
      assertThat(failed("e3", 4)).isEmpty();
      assertThat(failed("e3", 5))
          .hasValue(
              new Ejection("p", "e3", new Ejection.GatewayErrors(5), 1, Duration.ofSeconds(30)));
      assertThat(failed("e3", 6)).as("once").isEmpty();
    }

    @Test
    void doNotEjectWhatIsSparedAndLetItGo() {
      assertThat(failed("e3", 5)).isPresent();
      detector.spare(Set.of("e3"));
      assertThat(tick()).singleElement().isInstanceOf(Change.Returned.class);
      assertThat(failed("e3", 50)).isEmpty();
    }

    @Test
    void doNotEjectTheLastThatIsUsable() {
      detector = detector(3, Outliers.USUAL);
      down.addAll(List.of("e0", "e1"));
      assertThat(failed("e2", 50)).isEmpty();
      down.remove("e1");
      assertThat(failed("e2", 51)).isPresent();
    }

    @Test
    void doNotEjectMoreThanAPartOfThePool() {
      detector = detector(20, Outliers.USUAL);
      assertThat(failed("e0", 5)).isPresent();
      assertThat(failed("e1", 5)).isPresent();
      assertThat(failed("e2", 5)).isEmpty();
      now += 30 * SECOND;
      assertThat(tick()).hasSize(2);
      assertThat(failed("e2", 6)).isPresent();
    }

    @Test
    void doNotEjectWhereNoneMayBe() {
      Outliers none =
          new Outliers(
              5,
              Optional.empty(),
              Optional.empty(),
              Duration.ofSeconds(10),
              Duration.ofSeconds(30),
              Duration.ofSeconds(300),
              0);
      assertThat(failed("e0", 5)).isPresent();
      detector.declare(names(10), none);
      assertThat(tick()).singleElement().isInstanceOf(Change.Returned.class);
      assertThat(failed("e0", 50)).isEmpty();
    }
  }

  @Nested
  final class Time {
    private long ejected(String address) {
      long began = now;
      assertThat(failed(address, 5)).isPresent();
      while (tick().stream().noneMatch(Change.Returned.class::isInstance)) {
        now += SECOND / 10;
      }
      return (now - began) / SECOND;
    }

    @Test
    void growsWithEveryEjectionUpToTheMost() {
      assertThat(ejected("e0")).isEqualTo(30);
      assertThat(ejected("e0")).isEqualTo(60);
      assertThat(ejected("e0")).isEqualTo(90);
      for (int i = 0; i < 10; i++) {
        ejected("e0");
      }
      assertThat(ejected("e0")).isEqualTo(300);
    }

    @Test
    void shrinksWithEveryCalmInterval() {
      ejected("e0");
      ejected("e0");
      for (int i = 0; i < 30; i++) {
        now += SECOND;
        tick();
      }
      assertThat(ejected("e0")).isEqualTo(30);
    }

    @Test
    void endsWhenProbesSawTheEndpointGoDownAndComeBack() {
      Ejection ejection = failed("e0", 5).orElseThrow();
      now += SECOND;
      assertThat(detector.recovered("e0", now)).hasValue(new Change.Returned(ejection));
      assertThat(detector.recovered("e0", now)).as("once").isEmpty();
      now += 60 * SECOND;
      assertThat(tick()).isEmpty();
    }

    @Test
    void isKeptWhileThePoolChanges() {
      assertThat(failed("e0", 5)).isPresent();
      detector.declare(List.of("e0", "x"), Outliers.USUAL);
      assertThat(tick()).isEmpty();
      now += 30 * SECOND;
      assertThat(tick()).hasSize(1);
    }
  }

  @Nested
  final class Rates {
    private Ejection only() {
      return tick().stream()
          .map(change -> ((Change.Ejected) change).ejection())
          .reduce((a, b) -> {
            throw new AssertionError("both " + a + " and " + b);
          })
          .orElseThrow();
    }

    /** Ends an interval of which nothing is to be thought. */
    private void begin(int endpoints) {
      detector = detector(endpoints, RATES);
      now += 10 * SECOND;
      assertThat(tick()).isEmpty();
    }

    @Test
    void farBelowTheMeanEject() {
      begin(6);
      serve(6, 1_000, 5, 10);
      serve("e4", 0, 200, 0);
      now += 10 * SECOND;
      Ejection ejection = only();
      assertThat(ejection.endpoint()).isEqualTo("e4");
      assertThat(ejection.cause().text())
          .isEqualTo(
              "205 of 1000 requests failed; its success rate of 79.50 % is below 84.99 %"
                  + " (mean of the pool 96.17 %, deviation 7.45)");
    }

    @Test
    void aLittleBelowTheMeanDoNotEject() {
      begin(6);
      serve(6, 1_000, 0, 10);
      serve("e4", 0, 20, 0);
      now += 10 * SECOND;
      assertThat(tick()).isEmpty();
    }

    @Test
    void ofFewRequestsOrFewEndpointsSayNothing() {
      begin(6);
      serve(6, 99, 0, 10);
      serve("e4", 0, 99, 0);
      now += 10 * SECOND;
      assertThat(tick()).isEmpty();
      begin(4);
      serve(4, 1_000, 0, 10);
      serve("e3", 0, 1_000, 0);
      now += 10 * SECOND;
      assertThat(tick()).isEmpty();
    }

    @Test
    void ofTheSameFailuresEverywhereEjectNobody() {
      begin(10);
      serve(10, 1_000, 900, 10);
      now += 10 * SECOND;
      assertThat(tick()).isEmpty();
    }

    @Test
    void areThoseOfTheIntervalAlone() {
      begin(6);
      serve(6, 1_000, 0, 10);
      serve("e4", 0, 900, 0);
      now += 10 * SECOND;
      assertThat(only().endpoint()).isEqualTo("e4");
      serve(6, 1_000, 0, 10);
      now += 31 * SECOND;
      assertThat(tick()).singleElement().isInstanceOf(Change.Returned.class);
    }
  }

  @Nested
  final class Latencies {
    @Test
    void farAboveTheMedianEject() {
      detector = detector(3, RATES);
      now += 10 * SECOND;
      tick();
      serve(3, 200, 0, 20);
      serve("e1", 200, 0, 300);
      now += 10 * SECOND;
      assertThat(tick())
          .singleElement()
          .extracting(change -> ((Change.Ejected) change).ejection().cause().text())
          .isEqualTo(
              "its mean of 160.0 ms over 400 answers is above 70.0 ms (median of the pool 20.0"
                  + " ms)");
    }

    @Test
    void thatAreSmallAllTheSameDoNot() {
      detector = detector(3, RATES);
      now += 10 * SECOND;
      tick();
      serve(3, 200, 0, 1);
      serve("e1", 200, 0, 40);
      now += 10 * SECOND;
      assertThat(tick()).isEmpty();
    }
  }

  @Test
  void whateverHappensOneUsableEndpointIsLeftAndNoMoreThanAPartIsOut() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int run = 0; run < 300; run++) {
      int n = 1 + random.nextInt(30);
      int percent = random.nextInt(101);
      Outliers rules =
          new Outliers(
              1 + random.nextInt(5),
              RATES.errorRate(),
              RATES.latency(),
              Duration.ofSeconds(1),
              Duration.ofSeconds(5),
              Duration.ofSeconds(20),
              percent);
      detector = detector(n, rules);
      Set<String> out = new HashSet<>();
      for (int step = 0; step < 200; step++) {
        now += random.nextLong(SECOND);
        String one = "e" + random.nextInt(n);
        if (random.nextInt(10) == 0 && !down.remove(one)) {
          down.add(one);
        }
        serve(one, random.nextInt(1_000), 0, random.nextInt(1_000));
        List<Ejection> began = new ArrayList<>();
        failed(one, random.nextInt(8)).ifPresent(began::add);
        for (Change change : tick()) {
          switch (change) {
            case Change.Ejected(Ejection e) -> began.add(e);
            case Change.Returned(Ejection e) -> assertThat(out.remove(e.endpoint())).isTrue();
          }
        }
        for (Ejection e : began) {
          assertThat(out.add(e.endpoint())).isTrue();
          String at = "seed " + SEED + " run " + run + " step " + step;
          assertThat(out.size())
              .as(at)
              .isLessThanOrEqualTo(percent == 0 ? 0 : Math.max(1, n * percent / 100));
          assertThat(names(n)).as(at).anyMatch(x -> !out.contains(x) && !down.contains(x));
        }
      }
      down.clear();
      traffic.clear();
    }
  }
}
