package io.weir.agent.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.weir.agent.balance.EndpointStates;
import io.weir.agent.control.Uplink;
import io.weir.agent.health.Observation;
import io.weir.agent.health.Target;
import io.weir.agent.model.Health;
import io.weir.v1.AgentMessage;
import io.weir.v1.EndpointLoad;
import io.weir.v1.HealthReport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ReporterTest {
  private static final Duration NEVER = Duration.ofMinutes(1);
  private static final Duration OFTEN = Duration.ofMillis(100);

  private final ScheduledThreadPoolExecutor control = new ScheduledThreadPoolExecutor(1);
  private final EndpointStates states = new EndpointStates();
  private final List<Observation> all = new CopyOnWriteArrayList<>();
  private final Reporter reporter =
      new Reporter(control, () -> all, states, InstantSource.fixed(Instant.ofEpochSecond(7)));
  private final Wire wire = new Wire();

  @AfterEach
  void stop() {
    control.shutdownNow();
  }

  private static final class Wire implements Uplink {
    private final List<AgentMessage> sent = new CopyOnWriteArrayList<>();
    private volatile boolean ready = true;

    @Override
    public boolean ready() {
      return ready;
    }

    @Override
    public void send(AgentMessage message) {
      assertThat(ready).isTrue();
      sent.add(message);
    }

    List<HealthReport> health() {
      return sent.stream().filter(AgentMessage::hasHealth).map(AgentMessage::getHealth).toList();
    }

    long loads() {
      return sent.stream().filter(AgentMessage::hasLoad).count();
    }
  }

  private static Observation observation(String endpoint, Health health, String reason) {
    return new Observation(
        new Target("p", endpoint),
        health,
        System.nanoTime(),
        reason,
        0,
        0,
        OptionalLong.empty(),
        false);
  }

  private void onControl(Runnable work) throws Exception {
    control.submit(work).get(10, TimeUnit.SECONDS);
  }

  @Nested
  class OnceConnected {
    @Test
    void reportsAllHealthAtOnce() throws Exception {
      all.add(observation("a:1", Health.UNHEALTHY, "status 503"));
      all.add(observation("b:1", Health.UNKNOWN, ""));
      onControl(() -> reporter.connected(wire, NEVER));
      HealthReport report = wire.health().getFirst();
      assertThat(report.getComplete()).isTrue();
      assertThat(report.getObservationsList())
          .extracting(
              io.weir.v1.Observation::getPool,
              io.weir.v1.Observation::getEndpoint,
              io.weir.v1.Observation::getHealth,
              io.weir.v1.Observation::getReason)
          .containsExactly(
              tuple("p", "a:1", io.weir.v1.Health.HEALTH_UNHEALTHY, "status 503"),
              tuple("p", "b:1", io.weir.v1.Health.HEALTH_UNKNOWN, ""));
    }

    @Test
    void tellsHowLongAgoItWasByTheWallClockAndTheProbeByItsAge() throws Exception {
      long now = System.nanoTime();
      all.add(
          new Observation(
              new Target("p", "a:1"),
              Health.HEALTHY,
              now - Duration.ofSeconds(5).toNanos(),
              "status 503",
              1,
              0,
              OptionalLong.of(now - Duration.ofSeconds(2).toNanos()),
              true));
      onControl(() -> reporter.connected(wire, NEVER));
      var sent = wire.health().getFirst().getObservations(0);
      assertThat(sent.getSince().getSeconds()).isEqualTo(1);
      assertThat(sent.getProbed().getSeconds()).isEqualTo(2);
      assertThat(sent.getFailures()).isEqualTo(1);
      assertThat(sent.getOutlier()).isTrue();
    }

    @Test
    void reportsChangesSoonAndTogether() throws Exception {
      onControl(() -> reporter.connected(wire, NEVER));
      onControl(() -> {
        reporter.changed(List.of(observation("a:1", Health.UNHEALTHY, "status 500")));
        reporter.changed(List.of(observation("b:1", Health.HEALTHY, "")));
        reporter.changed(List.of(observation("a:1", Health.HEALTHY, "")));
      });
      await().until(() -> wire.health().size() == 2);
      HealthReport report = wire.health().getLast();
      assertThat(report.getComplete()).isFalse();
      assertThat(report.getObservationsList())
          .extracting(io.weir.v1.Observation::getEndpoint, io.weir.v1.Observation::getHealth)
          .containsExactly(
              tuple("a:1", io.weir.v1.Health.HEALTH_HEALTHY),
              tuple("b:1", io.weir.v1.Health.HEALTH_HEALTHY));
    }

    @Test
    void reportsAllAgainWhenAnotherSnapshotRuns() throws Exception {
      onControl(() -> reporter.connected(wire, NEVER));
      all.add(observation("new:1", Health.UNKNOWN, ""));
      onControl(reporter::swapped);
      await().until(() -> wire.health().size() == 2);
      assertThat(wire.health().getLast().getComplete()).isTrue();
      assertThat(wire.health().getLast().getObservationsCount()).isEqualTo(1);
    }

    @Test
    void reportsHealthAndLoadAtEveryInterval() throws Exception {
      states.of(new EndpointStates.Key("p", "a:1")).retried();
      onControl(() -> reporter.connected(wire, OFTEN));
      await().until(() -> wire.loads() >= 3);
      assertThat(wire.health()).hasSizeGreaterThanOrEqualTo(3).allMatch(HealthReport::getComplete);
      assertThat(wire.sent.getLast().getLoad().getEndpointsList())
          .containsExactly(
              EndpointLoad.newBuilder().setPool("p").setEndpoint("a:1").setRetries(1).build());
    }
  }

  @Nested
  class WhileTheUplinkIsNotReady {
    @Test
    void nothingIsSentAndOnlyTheNewestWaits() throws Exception {
      onControl(() -> reporter.connected(wire, NEVER));
      wire.ready = false;
      for (int i = 0; i < 1_000; i++) {
        reporter.changed(List.of(observation("a:1", Health.UNHEALTHY, "status " + i)));
      }
      await().during(150, TimeUnit.MILLISECONDS).until(() -> wire.sent.size() == 1);
      wire.ready = true;
      onControl(reporter::writable);
      assertThat(wire.health().getLast().getObservationsList())
          .extracting(io.weir.v1.Observation::getReason)
          .containsExactly("status 999");
    }

    @Test
    void aCompleteReportThatIsDueWaitsToo() throws Exception {
      wire.ready = false;
      onControl(() -> reporter.connected(wire, OFTEN));
      await().during(250, TimeUnit.MILLISECONDS).until(wire.sent::isEmpty);
      wire.ready = true;
      onControl(reporter::writable);
      assertThat(wire.health().getFirst().getComplete()).isTrue();
    }
  }

  @Nested
  class OnceDisconnected {
    @Test
    void nothingIsSentOrKept() throws Exception {
      onControl(() -> reporter.connected(wire, OFTEN));
      onControl(reporter::disconnected);
      int before = wire.sent.size();
      reporter.changed(List.of(observation("a:1", Health.HEALTHY, "")));
      await().during(300, TimeUnit.MILLISECONDS).until(() -> wire.sent.size() == before);
      Wire next = new Wire();
      onControl(() -> reporter.connected(next, NEVER));
      assertThat(next.health()).hasSize(1);
      assertThat(next.health().getFirst().getComplete()).isTrue();
    }
  }
}
