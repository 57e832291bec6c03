package io.weir.agent.control;

import static io.weir.agent.control.Resources.listener;
import static io.weir.agent.control.Resources.pool;
import static io.weir.agent.control.Resources.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.control.Replica.Outcome;
import io.weir.agent.control.Replica.Outcome.Candidate;
import io.weir.agent.control.Replica.Outcome.Gap;
import io.weir.agent.control.Replica.Outcome.Stale;
import io.weir.v1.Delta;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointPatch;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.Snapshot;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaTest {
  private static final Resource OLD = pool("p", "a:1");
  private static final Resource NEW = pool("p", "b:1");
  private static final Resource OTHER = pool("q", "c:1");
  private static final Resource WEB = listener("p", "0.0.0.0:80", "p");

  private static Delta delta(
      String epoch, long term, long base, long revision, List<Resource> changed, String... gone) {
    Delta.Builder delta =
        Delta.newBuilder()
            .setEpoch(epoch)
            .setTerm(term)
            .setBaseRevision(base)
            .setRevision(revision)
            .addAllChanged(changed);
    for (String name : gone) {
      delta.addRemoved(ResourceRef.newBuilder().setKind("Pool").setName(name));
    }
    return delta.build();
  }

  /** As it is kept: whose term it was does not matter. */
  private static Snapshot kept(String epoch, long revision, Resource... resources) {
    return snapshot(epoch, 0, revision, resources);
  }

  private static Replica next(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Candidate.class);
    return ((Candidate) outcome).next();
  }

  @Nested
  class HoldingNothing {
    private final Replica nothing = Replica.empty();

    @Test
    void takesAnySnapshot() {
      Snapshot first = snapshot("e", 3, 9, OLD, WEB);
      assertThat(next(nothing.offer(first)).toSnapshot().getResourcesList())
          .containsExactlyInAnyOrder(OLD, WEB);
    }

    @Test
    void hasNothingToApplyADeltaTo() {
      assertThat(nothing.offer(delta("e", 1, 0, 1, List.of(OLD)))).isInstanceOf(Gap.class);
    }
  }

  @Nested
  class HoldingARevision {
    private final Replica held = Replica.of(snapshot("e", 3, 9, OLD, OTHER, WEB));

    @Test
    void aDeltaAgainstItChangesWhatItNames() {
      Replica after = next(held.offer(delta("e", 3, 9, 11, List.of(NEW), "q")));
      assertThat(after.toSnapshot()).isEqualTo(kept("e", 11, WEB, NEW));
    }

    @Test
    void aDeltaAgainstAnotherIsAGap() {
      assertThat(held.offer(delta("e", 3, 8, 11, List.of(NEW)))).isInstanceOf(Gap.class);
      assertThat(held.offer(delta("e", 3, 10, 11, List.of(NEW)))).isInstanceOf(Gap.class);
      assertThat(held.offer(delta("f", 3, 9, 11, List.of(NEW)))).isInstanceOf(Gap.class);
    }

    @Test
    void aSnapshotReplacesAll() {
      assertThat(next(held.offer(snapshot("e", 3, 10, NEW))).toSnapshot())
          .isEqualTo(kept("e", 10, NEW));
    }

    @Test
    void theSameRevisionMayComeAgain() {
      assertThat(held.offer(snapshot("e", 3, 9, OLD))).isInstanceOf(Candidate.class);
    }

    @Test
    void anOlderRevisionIsStaleWhateverTheTerm() {
      for (long term = 2; term <= 4; term++) {
        assertThat(held.offer(snapshot("e", term, 8, NEW)))
            .isEqualTo(
                new Stale(
                    "revision", "revision 8 is older than revision 9, which this agent holds"));
        assertThat(held.offer(delta("e", term, 9, 8, List.of()))).isInstanceOf(Stale.class);
      }
    }

    @Test
    void aNewerRevisionMayComeFromWhoeverHasIt() {
      assertThat(next(held.offer(snapshot("e", 2, 10, NEW))).revision()).isEqualTo(10);
      assertThat(next(held.offer(delta("e", 0, 9, 10, List.of(NEW)))).revision()).isEqualTo(10);
    }

    @Test
    void aDeltaOfAnotherScopeIsAGap() {
      Replica scoped = Replica.of(snapshot("e", 3, 9, OLD).toBuilder().setScope("a").build());
      assertThat(scoped.toSnapshot().getScope()).isEqualTo("a");
      Delta same = delta("e", 3, 9, 10, List.of(NEW)).toBuilder().setScope("a").build();
      assertThat(next(scoped.offer(same)).scope()).isEqualTo("a");
      assertThat(scoped.offer(same.toBuilder().setScope("b").build())).isInstanceOf(Gap.class);
    }

    @Test
    void anotherEpochStartsAnew() {
      assertThat(next(held.offer(snapshot("f", 1, 1, NEW))).toSnapshot())
          .isEqualTo(kept("f", 1, NEW));
    }
  }

  @Nested
  class Patches {
    private final Replica held = Replica.of(snapshot("e", 3, 9, pool("p", "a:1", "b:1", "c:1")));

    private Outcome offer(EndpointPatch.Builder patch) {
      return held.offer(
          delta("e", 3, 9, 10, List.of()).toBuilder().addPatches(patch.setPool("p")).build());
    }

    private static EndpointPatch.Insertion insertion(int place, String address) {
      return EndpointPatch.Insertion.newBuilder()
          .setPlace(place)
          .setEndpoint(Endpoint.newBuilder().setAddress(address))
          .build();
    }

    @Test
    void takeAwayAndPutInByPlace() {
      EndpointPatch.Builder patch =
          EndpointPatch.newBuilder()
              .addRemoved(0)
              .addRemoved(2)
              .addInserted(insertion(0, "x:1"))
              .addInserted(insertion(2, "y:1"));
      assertThat(next(offer(patch)).toSnapshot())
          .isEqualTo(kept("e", 10, pool("p", "x:1", "b:1", "y:1")));
    }

    @Test
    void thatDoNotFitAskForTheWhole() {
      assertThat(offer(EndpointPatch.newBuilder().addRemoved(3))).isInstanceOf(Gap.class);
      assertThat(offer(EndpointPatch.newBuilder().addRemoved(1).addRemoved(0)))
          .isInstanceOf(Gap.class);
      assertThat(offer(EndpointPatch.newBuilder().addInserted(insertion(4, "x:1"))))
          .isInstanceOf(Gap.class);
      Delta unknown =
          delta("e", 3, 9, 10, List.of()).toBuilder()
              .addPatches(EndpointPatch.newBuilder().setPool("q").addRemoved(0))
              .build();
      assertThat(held.offer(unknown)).isInstanceOf(Gap.class);
    }
  }

  /** Whatever arrives in whatever order, what is held never goes back, and says what was sent. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void neverGoesBack(long seed) {
    Random random = new Random(seed);
    Replica held = Replica.empty();
    for (int step = 0; step < 2_000; step++) {
      String epoch = random.nextInt(50) == 0 ? "e" + random.nextInt(3) : held.epoch();
      long term = random.nextInt(5);
      long revision = Math.max(1, held.revision() + random.nextInt(7) - 3);
      long base = held.revision() + random.nextInt(3) - 1;
      Resource resource = pool("p" + random.nextInt(5), "h" + random.nextInt(5) + ":1");
      String gone = "p" + random.nextInt(5);
      boolean whole = random.nextBoolean();
      Outcome outcome =
          whole
              ? held.offer(snapshot(epoch, term, revision, resource))
              : held.offer(delta(epoch, term, base, revision, List.of(resource), gone));
      String told = "seed " + seed + ", step " + step + ", held " + held + ", got " + outcome;
      switch (outcome) {
        case Candidate candidate -> {
          Replica next = candidate.next();
          if (next.epoch().equals(held.epoch())) {
            assertThat(next.revision()).describedAs(told).isGreaterThanOrEqualTo(held.revision());
          }
          TreeMap<Replica.Key, Resource> expected = new TreeMap<>();
          if (!whole) {
            assertThat(base).describedAs(told).isEqualTo(held.revision());
            expected.putAll(held.resources());
            expected.remove(new Replica.Key("Pool", gone));
          }
          expected.put(Replica.Key.of(resource), resource);
          assertThat(next.resources()).describedAs(told).isEqualTo(expected);
          assertThat(Replica.of(next.toSnapshot())).describedAs(told).isEqualTo(next);
          held = next;
        }
        case Stale _ -> assertThat(revision).describedAs(told).isLessThan(held.revision());
        case Gap _ ->
            assertThat(!whole && (base != held.revision() || !epoch.equals(held.epoch())))
                .describedAs(told)
                .isTrue();
      }
    }
  }
}
