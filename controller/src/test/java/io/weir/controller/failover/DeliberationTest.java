package io.weir.controller.failover;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.weir.controller.health.Member;
import io.weir.controller.health.Settings;
import io.weir.controller.health.Target;
import io.weir.controller.health.Verdict;
import io.weir.v1.Decision;
import io.weir.v1.Endpoint;
import io.weir.v1.HealthCheck;
import io.weir.v1.HealthReport;
import io.weir.v1.Observation;
import io.weir.v1.PoolSpec;
import io.weir.v1.TcpProbe;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class DeliberationTest {
  private static final Instant WALL = Instant.parse("2026-03-01T12:00:00Z");
  private static final long SECOND = 1_000_000_000L;

  private static PoolSpec pool(int primaries) {
    PoolSpec.Builder spec =
        PoolSpec.newBuilder()
            .setHealth(HealthCheck.newBuilder().setTcp(TcpProbe.getDefaultInstance()).setFall(1));
    for (int i = 0; i < primaries; i++) {
      spec.addEndpoints(Endpoint.newBuilder().setAddress("a:" + i));
    }
    return spec.addEndpoints(Endpoint.newBuilder().setAddress("b:1").setPriority(1)).build();
  }

  private static Deliberation deliberation(Records records, long number, int primaries) {
    Deliberation deliberation = new Deliberation(3, Settings.DEFAULT);
    deliberation.declare(Map.of("p", pool(primaries)), 17, 0, WALL);
    deliberation.restore(records, List.of(), number, 0, WALL);
    deliberation.member(new Member("one", "z", true, true, 0, Set.of("p")), 0, WALL);
    deliberation.board().reassign();
    return deliberation;
  }

  private static void say(Deliberation to, String endpoint, boolean reached, long now) {
    to.report(
        "one",
        HealthReport.newBuilder()
            .addObservations(
                Observation.newBuilder()
                    .setPool("p")
                    .setEndpoint(endpoint)
                    .setFailures(reached ? 0 : 5)
                    .setSuccesses(reached ? 5 : 0)
                    .setProbed(Duration.getDefaultInstance()))
            .build(),
        now,
        WALL);
  }

  @Test
  void whatWasTakenBackBeforeItWasWrittenIsOvertaken() {
    Deliberation deliberation = deliberation(Records.EMPTY, 1, 1);
    say(deliberation, "a:0", false, SECOND);
    Batch ejected = deliberation.next(SECOND, WALL).orElseThrow();
    say(deliberation, "a:0", true, 2 * SECOND);
    deliberation.written();
    assertThat(ejected.changes()).first().matches(deliberation::isOvertaken);
    Batch back = deliberation.next(2 * SECOND, WALL).orElseThrow();
    deliberation.written();
    assertThat(back.changes()).noneMatch(deliberation::isOvertaken);
  }

  @Test
  void whatIsDecidedTakesEffectOnceItIsWritten() {
    Deliberation deliberation = deliberation(Records.EMPTY, 1, 1);
    say(deliberation, "a:0", false, SECOND);
    Batch batch = deliberation.next(SECOND, WALL).orElseThrow();
    assertThat(batch.decisions()).extracting(Decision::getNumber).containsExactly(1L, 2L);
    assertThat(batch.nextNumber()).isEqualTo(3);
    Decision moved = batch.decisions().getLast();
    assertThat(moved.getPool().getTo()).isEqualTo(1);
    assertThat(moved.getCause()).isEqualTo(1);
    assertThat(moved.getTerm()).isEqualTo(3);
    assertThat(moved.getConfigRevision()).isEqualTo(17);
    assertThat(deliberation.next(SECOND, WALL)).isEmpty();
    assertThat(deliberation.news()).isEmpty();
    deliberation.written();
    assertThat(deliberation.news()).isEqualTo(batch.decisions());
    assertThat(deliberation.next(SECOND, WALL)).isEmpty();
  }

  @Test
  void theNextControllerGoesOnFromWhatIsWritten() {
    Deliberation first = deliberation(Records.EMPTY, 1, 1);
    say(first, "a:0", false, SECOND);
    Batch batch = first.next(SECOND, WALL).orElseThrow();
    Records records = Records.EMPTY.after(batch.changes(), WALL);
    assertThat(records.of("p").orElseThrow().getFloor()).isEqualTo(1);

    Deliberation next = deliberation(records, batch.nextNumber(), 1);
    Target target = new Target("p", "a:0");
    assertThat(next.board().verdict(target)).isEqualTo(new Verdict.Unhealthy());
    assertThat(next.decisionOn(target)).isEqualTo(1);
    assertThat(next.floor("p")).isEqualTo(1);
    assertThat(next.next(0, WALL)).isEmpty();
    say(next, "a:0", true, SECOND);
    assertThat(next.next(SECOND, WALL).orElseThrow().decisions())
        .extracting(Decision::getNumber)
        .containsExactly(3L);
  }

  @Test
  void muchAtOnceIsWrittenInBatchesInOrder() {
    Deliberation deliberation = deliberation(Records.EMPTY, 1, 400);
    for (int i = 0; i < 80; i++) {
      say(deliberation, "a:" + i, false, SECOND);
    }
    Records records = Records.EMPTY;
    List<Decision> all = new ArrayList<>();
    for (int batches = 0; batches < 2; batches++) {
      Batch batch = deliberation.next(SECOND, WALL).orElseThrow();
      all.addAll(batch.decisions());
      records = records.after(batch.changes(), WALL);
      assertThat(records.of("p").orElseThrow().getEndpointsCount()).isEqualTo(all.size());
      deliberation.written();
    }
    assertThat(all).hasSize(80);
    assertThat(deliberation.news())
        .isEqualTo(all)
        .isSortedAccordingTo((one, other) -> Long.compare(one.getNumber(), other.getNumber()));
  }

  @Test
  void whatIsNoLongerDeclaredIsNoLongerRecorded() {
    Deliberation deliberation = deliberation(Records.EMPTY, 1, 2);
    say(deliberation, "a:1", false, SECOND);
    Records records =
        Records.EMPTY.after(deliberation.next(SECOND, WALL).orElseThrow().changes(), WALL);
    deliberation.written();
    assertThat(records.of("p")).isPresent();
    deliberation.declare(Map.of("p", pool(1)), 18, SECOND, WALL);
    records = records.after(deliberation.next(SECOND, WALL).orElseThrow().changes(), WALL);
    assertThat(records.of("p")).isEmpty();
  }
}
