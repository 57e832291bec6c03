package io.weir.controller.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.LearnedTarget;
import io.weir.v1.ScaleBehavior;
import io.weir.v1.ScalePolicy;
import io.weir.v1.ScaleSchedule;
import io.weir.v1.ScaleTargets;
import io.weir.v1.ScalerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class RecommenderTest {
  /** Feeds seconds from {@code from} to {@code to}, the number of endpoints as it is. */
  private static Recommendation steady(
      Recommender recommender, int from, int to, int endpoints, IntToDoubleFunction inFlight) {
    Recommendation last =
        recommender.next(Pools.sample(from, endpoints, inFlight.applyAsDouble(from)));
    for (int second = from + 1; second < to; second++) {
      last = recommender.next(Pools.sample(second, endpoints, inFlight.applyAsDouble(second)));
    }
    return last;
  }

  private static Recommendation fed(
      Recommender recommender, int from, int to, IntFunction<Sample> samples) {
    Recommendation last = recommender.next(samples.apply(from));
    for (int second = from + 1; second < to; second++) {
      last = recommender.next(samples.apply(second));
    }
    return last;
  }

  /** Does what is recommended at once, and tells how many there were after each second. */
  private static List<Integer> followed(
      Recommender recommender, int seconds, int endpoints, IntToDoubleFunction inFlight) {
    List<Integer> numbers = new ArrayList<>();
    int there = endpoints;
    for (int second = 0; second < seconds; second++) {
      there =
          recommender.next(Pools.sample(second, there, inFlight.applyAsDouble(second))).desired();
      numbers.add(there);
    }
    return numbers;
  }

  @Nested
  class Demands {
    @Test
    void asManyEndpointsAsTheRequestsUnderWayTake() {
      Recommendation next = steady(new Recommender(Pools.inFlight().build()), 0, 60, 5, _ -> 64);
      assertThat(next.desired()).isEqualTo(8);
      assertThat(next.inputs().getWantsMap()).containsEntry("in_flight", 8);
      assertThat(next.reason()).startsWith("5 -> 8: 64 requests under way");
    }

    @Test
    void aRisingLoadIsMetAheadByHowLongAnEndpointTakesToStart() {
      Recommender recommender = new Recommender(Pools.inFlight().setMax(500).build());
      Recommendation next = steady(recommender, 0, 120, 100, second -> 400 + 4 * second);
      assertThat(next.inputs().getExpected()).isBetween(950.0, 1_010.0);
    }

    @Test
    void aJumpCountsWithinSecondsAndIsPanicAtTwiceWhatThereIs() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      Recommendation next = steady(recommender, 0, 64, 5, second -> second < 60 ? 30 : 160);
      assertThat(next.desired()).isGreaterThan(8);
      next = steady(recommender, 64, 72, 5, _ -> 160);
      assertThat(next.inputs().getPanic()).isTrue();
    }

    @Test
    void retriesAreNoDemand() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      Recommendation next =
          fed(
              recommender,
              0,
              60,
              second -> {
                Sample plain = Pools.sample(second, 5, 80);
                return new Sample(
                    plain.atNanos(),
                    plain.wallClock(),
                    5,
                    5,
                    0,
                    0,
                    80,
                    0,
                    100,
                    0,
                    100,
                    plain.latencies(),
                    1,
                    true,
                    0,
                    List.of());
              });
      assertThat(next.desired()).isEqualTo(5);
    }

    @Test
    void openStreamsCountForAnOperatorsNumberAndNotAsWaitingForWhatIsLearned() {
      Recommender recommender =
          new Recommender(
              Pools.inFlight()
                  .setTargets(
                      ScaleTargets.newBuilder()
                          .setInFlight(8)
                          .setLearned(LearnedTarget.getDefaultInstance()))
                  .build());
      steady(recommender, 0, 60, 4, _ -> 20);
      fed(
          recommender,
          60,
          120,
          second ->
              Pools.with(Pools.sample(second, 4, 60), Pools.answers(400, 150_000), List.of()));
      Recommendation next =
          fed(
              recommender,
              120,
              300,
              second -> {
                Sample few = Pools.sample(second, 4, 20);
                return new Sample(
                    few.atNanos(),
                    few.wallClock(),
                    4,
                    4,
                    0,
                    0,
                    240,
                    0,
                    few.rate(),
                    0,
                    0,
                    few.latencies(),
                    1,
                    true,
                    0,
                    List.of());
              });
      assertThat(next.inputs().getCapacity()).isPositive();
      assertThat(next.inputs().getWantsMap()).containsEntry("in_flight", 30);
      assertThat(next.inputs().getWantsMap().get("learned")).isBetween(1, 8);
      assertThat(next.desired()).isGreaterThanOrEqualTo(30);
    }

    @Test
    void theTargetThatAsksForMostCounts() {
      ScalerSpec spec =
          Pools.inFlight().setTargets(ScaleTargets.newBuilder().setInFlight(8).setRate(50)).build();
      Recommendation next = steady(new Recommender(spec), 0, 60, 9, _ -> 60);
      assertThat(next.inputs().getWantsMap())
          .containsEntry("in_flight", 8)
          .containsEntry("rate", 12);
      assertThat(next.desired()).isEqualTo(12);
      assertThat(next.reason()).contains("600 requests a second");
    }

    @Test
    void fromNothingWhateverWaitsBringsOne() {
      Recommender recommender = new Recommender(Pools.learned().setMin(0).build());
      Recommendation idle = steady(recommender, 0, 400, 0, _ -> 0);
      assertThat(idle.desired()).isZero();
      Sample waits = Pools.with(Pools.sample(400, 0, 0), 0, 1, 1, true, 0);
      assertThat(recommender.next(waits).desired()).isEqualTo(1);
    }

    @Test
    void nothingToDoEndsAtNothingWhereThatIsAllowed() {
      Recommender recommender = new Recommender(Pools.learned().setMin(0).build());
      assertThat(followed(recommender, 1_000, 4, _ -> 0)).endsWith(0);
    }
  }

  @Nested
  class Learning {
    /** Endpoints with room for 10 requests each, 0.1 s each. */
    private static List<Integer> replayed(int begin, double rate, int seconds) {
      List<Integer> numbers = new ArrayList<>();
      new Replay(
              Pools.learned().build(),
              new PoolModel.Nature(10, 20, 5, 5),
              0,
              begin,
              java.time.Instant.EPOCH,
              new Random(1))
          .run(
              List.of(new Replay.Load(0, rate, 0.1), new Replay.Load(seconds, rate, 0.1)),
              point -> numbers.add(point.endpoints()));
      return numbers;
    }

    @Test
    void withoutAnyNumberTooManyEndpointsBecomeAsManyAsItTakes() {
      // 1,000 requests a second of 0.1 s are 100 under way: 10 endpoints at their limit.
      assertThat(replayed(40, 1_000, 3 * 3_600))
          .last()
          .satisfies(last -> assertThat(last).isBetween(12, 17));
    }

    @Test
    void withoutAnyNumberTooFewEndpointsBecomeEnough() {
      Recommender recommender = new Recommender(Pools.learned().build());
      for (int second = 0; second < 60; second++) {
        recommender.next(Pools.sample(second, 4, 20));
      }
      int desired = 4;
      for (int second = 60; second < 90; second++) {
        Sample crowded = Pools.sample(second, 4, 60);
        desired =
            recommender.next(Pools.with(crowded, Pools.answers(400, 150_000), List.of())).desired();
      }
      assertThat(desired).isGreaterThanOrEqualTo(6);
    }

    @Test
    void asLongAsNothingIsKnownWhatThereIsStays() {
      Recommendation next = steady(new Recommender(Pools.learned().build()), 0, 120, 5, _ -> 40);
      assertThat(next.desired()).isEqualTo(5);
      assertThat(next.reason()).contains("not known yet");
    }
  }

  @Nested
  class Safety {
    @Test
    void whatIsMissingKeepsAnyEndpointFromGoing() {
      for (boolean agents : List.of(true, false)) {
        Recommender recommender = new Recommender(Pools.inFlight().build());
        Recommendation next = steady(recommender, 0, 60, 20, _ -> 150);
        for (int second = 60; second < 1_000; second++) {
          Sample few = Pools.sample(second, 20, 10);
          next = recommender.next(Pools.with(few, 20, 0, agents ? 0.5 : 1, agents, 0));
        }
        assertThat(next.desired()).isEqualTo(20);
        assertThat(next.frozen()).isPresent();
      }
    }

    @Test
    void whatAgentsThatAreSilentHadBeforeIsStillThere() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      steady(recommender, 0, 120, 10, _ -> 80);
      Recommendation next = recommender.next(Pools.sample(120, 10, 80));
      for (int second = 121; second < 200; second++) {
        next = recommender.next(Pools.with(Pools.sample(second, 10, 80), 10, 0, 0.5, true, 0));
      }
      assertThat(next.desired()).isEqualTo(15);
    }

    @Test
    void endpointsThatNeverBecomeHealthyAreNotMultiplied() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      Recommendation next =
          fed(
              recommender,
              0,
              120,
              second -> {
                return Pools.with(Pools.sample(second, 5, 200), 5, 0, 1, true, 3);
              });
      assertThat(next.desired()).isEqualTo(5);
      assertThat(next.frozen())
          .hasValueSatisfying(why -> assertThat(why).contains("never became healthy"));
    }

    @Test
    void endpointsThatTurnUnreadyUnderLoadDoNotKeepMoreFromComing() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      steady(recommender, 0, 60, 10, _ -> 80);
      Recommendation next = recommender.next(Pools.sample(60, 10, 80));
      for (int second = 61; second < 90; second++) {
        next = recommender.next(Pools.with(Pools.sample(second, 10, 60), 6, 20, 1, true, 0));
      }
      assertThat(next.desired()).isGreaterThan(11);
    }

    @Test
    void whereNoneCanServeNobodyGuesses() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      steady(recommender, 0, 60, 10, _ -> 80);
      Recommendation next =
          recommender.next(Pools.with(Pools.sample(60, 10, 0), 0, 500, 1, true, 0));
      assertThat(next.desired()).isEqualTo(10);
      assertThat(next.frozen()).isPresent();
    }
  }

  @Nested
  class Paces {
    @Test
    void fewerOnlyAfterAllOfTheTimeAgrees() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      List<Integer> numbers = followed(recommender, 800, 10, second -> second < 100 ? 80 : 16);
      assertThat(numbers.subList(0, 395)).containsOnly(10);
      assertThat(numbers).endsWith(2);
    }

    @Test
    void moreOnlyAsFastAsPoliciesAllow() {
      ScalerSpec spec =
          Pools.inFlight()
              .setMax(200)
              .setOut(
                  ScaleBehavior.newBuilder()
                      .addPolicies(
                          ScalePolicy.newBuilder()
                              .setPercent(100)
                              .setPeriod(com.google.protobuf.Duration.newBuilder().setSeconds(15))))
              .build();
      List<Integer> numbers =
          followed(new Recommender(spec), 120, 10, second -> second < 60 ? 80 : 1_200);
      assertThat(numbers.get(70)).isEqualTo(20);
      assertThat(numbers.get(80)).isEqualTo(40);
    }

    @Test
    void fromOneTenAtOnce() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      List<Integer> numbers = followed(recommender, 70, 1, second -> second < 60 ? 8 : 90);
      assertThat(numbers).endsWith(10);
    }

    /** How many seconds until they are gone, each time a load goes that came for 5 min. */
    private List<Integer> held(ScalerSpec spec, int times) {
      Recommender recommender = new Recommender(spec);
      List<Integer> held = new ArrayList<>();
      int there = 2;
      for (int second = 0; second < 1_500 * times; second++) {
        int into = second % 1_500;
        double load = into >= 100 && into < 400 ? 80 : 16;
        int desired = recommender.next(Pools.sample(second, there, load)).desired();
        if (into >= 400 && there > 5 && desired <= 5) {
          held.add(into - 400);
        }
        there = desired;
      }
      return held;
    }

    @Test
    void whatComesBackAgainAndAgainIsHeld() {
      List<Integer> held = held(Pools.inFlight().build(), 6);
      assertThat(held).hasSize(1);
      assertThat(held.getFirst()).isBetween(290, 380);
    }

    @Test
    void theTimeThatIsDeclaredIsNotChangedByWhatComesBack() {
      ScalerSpec spec =
          Pools.inFlight()
              .setIn(
                  ScaleBehavior.newBuilder()
                      .setStabilization(com.google.protobuf.Duration.newBuilder().setSeconds(300)))
              .build();
      assertThat(held(spec, 6)).hasSize(6).allSatisfy(each -> assertThat(each).isBetween(290, 380));
    }

    @Test
    void aScheduleRaisesTheFloor() {
      ScalerSpec spec =
          Pools.inFlight()
              .addSchedule(
                  ScaleSchedule.newBuilder()
                      .setStart("1 0 * * *")
                      .setDuration(com.google.protobuf.Duration.newBuilder().setSeconds(120))
                      .setMin(7))
              .build();
      List<Integer> numbers = followed(new Recommender(spec), 300, 2, _ -> 14);
      assertThat(numbers.get(59)).isEqualTo(2);
      assertThat(numbers.get(61)).isEqualTo(7);
    }
  }

  @Nested
  class Advice {
    @Test
    void oneHotEndpointIsNamedInsteadOfMoreBeingAsked() {
      Recommender recommender =
          new Recommender(
              Pools.inFlight()
                  .setTargets(
                      ScaleTargets.newBuilder()
                          .setInFlight(8)
                          .setP99(com.google.protobuf.Duration.newBuilder().setNanos(50_000_000)))
                  .build());
      List<PerEndpoint> uneven = new ArrayList<>();
      uneven.add(new PerEndpoint("10.0.0.1:80", "", 30, 300));
      for (int i = 2; i <= 6; i++) {
        uneven.add(new PerEndpoint("10.0.0." + i + ":80", "", 2, 20));
      }
      Recommendation next =
          fed(
              recommender,
              0,
              60,
              second -> {
                Sample sample = Pools.sample(second, 6, 40);
                return Pools.with(sample, Pools.answers(400, 100_000), uneven);
              });
      assertThat(next.advice()).hasValueSatisfying(why -> assertThat(why).contains("10.0.0.1:80"));
    }

    @Test
    void aSlowZoneIsNamed() {
      Recommender recommender = new Recommender(Pools.inFlight().build());
      List<PerEndpoint> zones = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        boolean slow = i < 2;
        zones.add(new PerEndpoint("10.0.0." + i + ":80", slow ? "b" : "a", slow ? 12 : 2, 20));
      }
      Recommendation next =
          fed(
              recommender,
              0,
              60,
              second -> {
                return Pools.with(Pools.sample(second, 6, 32), Latencies.NONE, zones);
              });
      assertThat(next.advice())
          .hasValueSatisfying(why -> assertThat(why).startsWith("zone b takes"));
    }
  }

  @Nested
  class Always {
    @Test
    void theNumberStaysWithinItsBoundsAndNoneGoWhileDataIsMissing() {
      for (int seed = 0; seed < 40; seed++) {
        Random random = new Random(seed);
        ScalerSpec spec =
            (random.nextBoolean() ? Pools.learned() : Pools.inFlight()).setMin(2).build();
        Recommender recommender = new Recommender(spec);
        int there = 2 + random.nextInt(20);
        for (int second = 0; second < 300; second++) {
          double coverage = random.nextInt(4) == 0 ? random.nextDouble() : 1;
          Sample sample =
              Pools.with(
                  Pools.sample(second, there, random.nextDouble() * random.nextInt(1_000)),
                  random.nextInt(there + 1),
                  random.nextInt(3) == 0 ? random.nextInt(100) : 0,
                  coverage,
                  random.nextInt(10) > 0,
                  random.nextInt(10) / 3);
          int desired = recommender.next(sample).desired();
          assertThat(desired).as("seed %d", seed).isBetween(2, 50);
          if (coverage < 1 || !sample.storeAgrees()) {
            assertThat(desired).as("seed %d", seed).isGreaterThanOrEqualTo(there);
          }
          there = desired;
        }
      }
    }

    @Test
    void moreLoadAtTheEndNeverAsksForFewer() {
      for (int seed = 0; seed < 40; seed++) {
        int before = 0;
        for (double last : List.of(0.0, 50.0, 100.0, 150.0, 400.0, 2_000.0)) {
          Random random = new Random(seed);
          Recommender recommender =
              new Recommender((seed % 2 == 0 ? Pools.inFlight() : Pools.learned()).build());
          int endpoints = 5 + random.nextInt(10);
          double base = 200 * random.nextDouble();
          for (int second = 0; second < 100; second++) {
            recommender.next(
                Pools.sample(second, endpoints, base * (0.8 + 0.4 * random.nextDouble())));
          }
          Sample sample = Pools.sample(100, endpoints, base);
          int desired = recommender.next(Pools.with(sample, endpoints, last, 1, true, 0)).desired();
          assertThat(desired).as("seed %d, %s", seed, last).isGreaterThanOrEqualTo(before);
          before = desired;
        }
      }
    }

    @Test
    void aSteadyLoadThatIsNoisyEndsInOneNumber() {
      for (int seed = 0; seed < 5; seed++) {
        Random random = new Random(seed);
        List<Integer> numbers =
            followed(
                new Recommender(Pools.inFlight().build()),
                3_600,
                10,
                _ -> 100 * (0.95 + 0.1 * random.nextDouble()));
        assertThat(numbers.subList(900, 3_600)).as("seed %d", seed).containsOnly(numbers.getLast());
      }
    }

    @Test
    void noneGoesWithinFiveMinutesAfterSomeHaveCome() {
      for (int seed = 0; seed < 20; seed++) {
        Random random = new Random(seed);
        Recommender recommender =
            new Recommender((seed % 2 == 0 ? Pools.inFlight() : Pools.learned()).build());
        int there = 10;
        int came = -300;
        double load = 80;
        for (int second = 0; second < 3_000; second++) {
          if (random.nextInt(100) == 0) {
            load = 400 * random.nextDouble();
          }
          if (random.nextInt(200) == 0) {
            byte[] memory = recommender.memory();
            assertThat(memory.length).isLessThan(8 * 1024);
            recommender =
                new Recommender((seed % 2 == 0 ? Pools.inFlight() : Pools.learned()).build());
            recommender.restore(memory);
          }
          int desired =
              recommender
                  .next(Pools.sample(second, there, load * (0.7 + 0.6 * random.nextDouble())))
                  .desired();
          if (desired < there) {
            assertThat(second - came)
                .as("seed %d, at %d", seed, second)
                .isGreaterThanOrEqualTo(300);
          } else if (desired > there) {
            came = second;
          }
          there = desired;
        }
      }
    }

    @Test
    void whatVariesByChanceForSecondsHardlyChangesTheNumber() {
      for (int seed = 0; seed < 5; seed++) {
        Random random = new Random(seed);
        double[] noise = {0};
        List<Integer> numbers =
            followed(
                new Recommender(Pools.inFlight().build()),
                7_200,
                10,
                _ -> {
                  noise[0] += -noise[0] / 3 + 6 * random.nextGaussian();
                  return Math.max(0, 75 + noise[0]);
                });
        long changes =
            IntStream.range(1, numbers.size())
                .filter(at -> !numbers.get(at).equals(numbers.get(at - 1)))
                .count();
        assertThat(changes).as("seed %d", seed).isLessThanOrEqualTo(4);
      }
    }

    @Test
    void whatHasRisenAndStaysIsNotCarriedOn() {
      Recommender recommender = new Recommender(Pools.inFlight().setMax(500).build());
      IntToDoubleFunction rise = second -> Math.clamp(400 + 20 * (second - 60), 400, 800);
      List<Integer> numbers = followed(recommender, 240, 50, rise);
      assertThat(numbers.subList(100, 240)).containsOnly(numbers.get(100));
    }

    @Test
    void anotherControllerGoesOnFromWhatIsRemembered() {
      Recommender first = new Recommender(Pools.inFlight().build());
      followed(first, 400, 10, second -> second < 300 ? 80 : 16);
      byte[] memory = first.memory();
      assertThat(memory.length).isLessThan(8 * 1024);
      Recommender second = new Recommender(Pools.inFlight().build());
      second.restore(memory);
      for (int at = 400; at < 590; at++) {
        assertThat(second.next(Pools.sample(at, 10, 16)).desired()).as("at %d", at).isEqualTo(10);
      }
      assertThat(steady(second, 590, 680, 10, _ -> 16).desired()).isEqualTo(2);
    }

    @Test
    void whatCannotBeReadIsForgotten() {
      Random random = new Random(1);
      for (int length = 0; length < 200; length += 7) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        Recommender recommender = new Recommender(Pools.inFlight().build());
        recommender.restore(noise);
        assertThat(recommender.next(Pools.sample(0, 5, 40)).desired()).isEqualTo(5);
      }
    }
  }

  @Test
  void stabilizationOfZeroActsAtOnce() {
    ScalerSpec spec =
        Pools.inFlight()
            .setIn(
                ScaleBehavior.newBuilder()
                    .setStabilization(com.google.protobuf.Duration.getDefaultInstance()))
            .build();
    List<Integer> numbers =
        followed(new Recommender(spec), 200, 10, second -> second < 60 ? 80 : 16);
    assertThat(numbers.get(130)).isEqualTo(2);
  }
}
