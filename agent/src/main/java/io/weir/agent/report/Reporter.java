package io.weir.agent.report;

import io.vertx.core.Future;
import io.weir.agent.balance.EndpointState;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.control.Uplink;
import io.weir.agent.health.Observation;
import io.weir.agent.health.Target;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.v1.AgentMessage;
import io.weir.v1.EndpointLoad;
import io.weir.v1.HealthReport;
import io.weir.v1.LoadReport;
import io.weir.v1.MembershipReport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends health and load while there is an uplink and it is ready. What cannot be sent is not
 * queued: of each endpoint only the newest observation waits, and load is counters, of which the
 * next report says all that a skipped one would have said. Confined to the control thread but for
 * {@link #changed}.
 */
public final class Reporter {
  /** What has changed at endpoints: others wait for it to verify. */
  private static final Duration AT_ONCE = Duration.ofMillis(5);

  /** After a swap. */
  private static final Duration COALESCE = Duration.ofMillis(50);

  private final ScheduledExecutorService control;
  private final Supplier<List<Observation>> observations;
  private final EndpointStates states;
  private final InstantSource clock;
  private final long began = System.nanoTime();

  private @Nullable Supplier<MembershipReport> membership;
  private @Nullable Supplier<Future<LoopMetrics>> traffic;
  private boolean membershipDue;
  private @Nullable Uplink uplink;
  private @Nullable ScheduledFuture<?> interval;
  private @Nullable ScheduledFuture<?> flush;
  private boolean completeDue;

  /** By pool: what there was no endpoint for, when that was last reported. */
  private final Map<String, Long> unserved = new HashMap<>();

  private final Map<Target, Observation> changes = new LinkedHashMap<>();

  /**
   * @param observations all endpoints of the running snapshot, by System.nanoTime(); any thread
   */
  public Reporter(
      ScheduledExecutorService control,
      Supplier<List<Observation>> observations,
      EndpointStates states,
      InstantSource clock) {
    this.control = control;
    this.observations = observations;
    this.states = states;
    this.clock = clock;
  }

  /** What there is to say of the ring of agents, from now on; any thread calls {@code report}. */
  public void membership(Supplier<MembershipReport> report) {
    membership = report;
  }

  /** What clients got, from now on. Any thread calls {@code metrics}, and completes its answer. */
  public void traffic(Supplier<Future<LoopMetrics>> metrics) {
    traffic = metrics;
  }

  /** Any thread. */
  public void membershipChanged() {
    control.execute(() -> {
      if (uplink != null) {
        membershipDue = true;
        flushWithin(COALESCE);
      }
    });
  }

  /** Reports everything at once and then every {@code every}. */
  public void connected(Uplink to, Duration every) {
    disconnected();
    uplink = to;
    completeDue = true;
    membershipDue = true;
    // What was before has been reported, or is of no use any more.
    waiting();
    interval =
        control.scheduleAtFixedRate(
            this::tick, every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
    sendHealth();
  }

  public void disconnected() {
    uplink = null;
    changes.clear();
    if (interval != null) {
      interval.cancel(false);
    }
    if (flush != null) {
      flush.cancel(false);
      flush = null;
    }
  }

  /** The uplink takes messages again. */
  public void writable() {
    if (flush == null) {
      sendHealth();
    }
  }

  /** Another snapshot runs: endpoints have come or gone. */
  public void swapped() {
    if (uplink != null) {
      completeDue = true;
      flushWithin(COALESCE);
    }
  }

  /** Any thread. */
  public void changed(List<Observation> observations) {
    control.execute(() -> {
      if (uplink != null) {
        observations.forEach(observation -> changes.put(observation.target(), observation));
        flushWithin(AT_ONCE);
      }
    });
  }

  private void flushWithin(Duration wait) {
    ScheduledFuture<?> planned = flush;
    if (planned != null && planned.getDelay(TimeUnit.NANOSECONDS) > wait.toNanos()) {
      planned.cancel(false);
      flush = null;
    }
    if (flush == null) {
      flush =
          control.schedule(
              () -> {
                flush = null;
                sendHealth();
              },
              wait.toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  private void tick() {
    completeDue = true;
    membershipDue = true;
    sendHealth();
    Uplink to = uplink;
    Supplier<Future<LoopMetrics>> metrics = traffic;
    if (to == null || !to.ready()) {
      return;
    }
    if (metrics == null) {
      LoadReport.Builder report = load().toBuilder();
      TrafficMessages.queue(waiting(), report);
      to.send(AgentMessage.newBuilder().setLoad(report).build());
      return;
    }
    var _ =
        metrics
            .get()
            .onSuccess(counted ->
                control.execute(() -> {
                  if (to.equals(uplink) && to.ready()) {
                    LoadReport.Builder report = load().toBuilder();
                    TrafficMessages.add(counted, report);
                    TrafficMessages.queue(waiting(), report);
                    to.send(AgentMessage.newBuilder().setLoad(report).build());
                  }
                }));
  }

  private void sendHealth() {
    Uplink to = uplink;
    if (to == null || !to.ready()) {
      return;
    }
    if (completeDue) {
      to.send(health(true, observations.get()));
    } else if (!changes.isEmpty()) {
      to.send(health(false, changes.values()));
    }
    completeDue = false;
    changes.clear();
    Supplier<MembershipReport> of = membership;
    if (membershipDue && of != null) {
      membershipDue = false;
      MembershipReport report = of.get();
      if (report.getMembersCount() > 0) {
        to.send(AgentMessage.newBuilder().setMembership(report).build());
      }
    }
  }

  private boolean isOutlier(Observation observation) {
    EndpointStates.Key key = new EndpointStates.Key(observation.pool(), observation.endpoint());
    return states.of(key).ejection() != null;
  }

  /** Since this was last asked, requests that there was no endpoint for, by pool. */
  private Map<String, Long> waiting() {
    Map<String, Long> waiting = new TreeMap<>();
    states
        .loads()
        .forEach((pool, load) -> {
          long now = load.unserved();
          long more = now - unserved.getOrDefault(pool, 0L);
          unserved.put(pool, now);
          if (more > 0) {
            waiting.put(pool, more);
          }
        });
    unserved.keySet().retainAll(states.loads().keySet());
    return waiting;
  }

  private LoadReport load() {
    LoadReport.Builder report = LoadReport.newBuilder();
    states.all().forEach((key, state) -> report.addEndpoints(load(key, state)));
    return report.build();
  }

  private static EndpointLoad load(EndpointStates.Key key, EndpointState state) {
    return EndpointLoad.newBuilder()
        .setPool(key.pool())
        .setEndpoint(key.address())
        .setInFlight(state.inFlight())
        .setRequests(state.requests())
        .setFailures(state.failures())
        .setRetries(state.retries())
        .build();
  }

  private AgentMessage health(boolean complete, Collection<Observation> observations) {
    long nanos = System.nanoTime();
    HealthReport.Builder report =
        HealthReport.newBuilder()
            .setComplete(complete)
            .setSent(ObservationMessages.duration(nanos - began));
    Instant now = clock.instant();
    for (Observation observation : observations) {
      io.weir.v1.Observation message = ObservationMessages.of(observation, nanos, now);
      report.addObservations(
          isOutlier(observation) ? message.toBuilder().setOutlier(true).build() : message);
    }
    return AgentMessage.newBuilder().setHealth(report).build();
  }
}
