package io.weir.agent.exposition;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.weir.agent.metrics.EndpointMetrics;
import io.weir.agent.metrics.LatencyHistogram;
import io.weir.agent.metrics.ListenerMetrics;
import io.weir.agent.metrics.LoopMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Names the numbers. */
final class Exposition {
  /** Upper bounds of the duration's buckets, each also a bound of LatencyHistogram. */
  private static final double[] SECONDS = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
  };

  private static final double NANOS = 1e9;

  private final LoopMetrics metrics;
  private final List<MetricSnapshot> snapshots = new ArrayList<>();

  private Exposition(LoopMetrics metrics) {
    this.metrics = metrics;
  }

  /**
   * @param metrics of all loops together
   */
  static MetricSnapshots of(LoopMetrics metrics, AgentFacts facts) {
    Exposition exposition = new Exposition(metrics);
    exposition.endpoints();
    exposition.listeners();
    exposition.agent(facts);
    exposition.snapshots.addAll(GossipFacts.snapshots(facts.gossip()));
    exposition.snapshots.addAll(ProcessFacts.snapshots());
    return new MetricSnapshots(exposition.snapshots);
  }

  private void endpoints() {
    CounterSnapshot.Builder requests =
        CounterSnapshot.builder()
            .name("weir_requests")
            .help("Requests that the endpoint answered, by class of status.");
    HistogramSnapshot.Builder durations =
        HistogramSnapshot.builder()
            .name("weir_request_duration_seconds")
            .help("From the endpoint being picked to the end of its answer.");
    CounterSnapshot.Builder bytes =
        CounterSnapshot.builder()
            .name("weir_upstream_bytes")
            .help("Bytes of bodies to endpoints (up) and from them (down).");
    GaugeSnapshot.Builder connections =
        GaugeSnapshot.builder()
            .name("weir_upstream_connections")
            .help("Connections to endpoints, in use (active) and kept for later (idle).");
    metrics
        .endpoints()
        .forEach((key, endpoint) -> {
          Labels labels = Labels.of("pool", key.pool(), "endpoint", key.endpoint());
          for (int c = 1; c <= EndpointMetrics.CLASSES; c++) {
            addClass(requests, labels, c, endpoint.answers(c));
          }
          if (endpoint.latency().count() > 0) {
            durations.dataPoint(duration(labels, endpoint.latency()));
          }
          bytes.dataPoint(count(labels.add("direction", "up"), endpoint.bytesUp()));
          bytes.dataPoint(count(labels.add("direction", "down"), endpoint.bytesDown()));
          connections.dataPoint(gauge(labels.add("state", "active"), endpoint.active()));
          connections.dataPoint(gauge(labels.add("state", "idle"), endpoint.idle()));
        });
    snapshots.add(requests.build());
    snapshots.add(durations.build());
    snapshots.add(bytes.build());
    snapshots.add(connections.build());
    endpointCounter(
        "weir_request_failures",
        "Requests to the endpoint that got no whole answer.",
        EndpointMetrics::failures);
    endpointCounter(
        "weir_retries",
        "Requests that failed at the endpoint and were tried again.",
        EndpointMetrics::retries);
    endpointCounter(
        "weir_upstream_connects", "Connections opened to the endpoint.", EndpointMetrics::connects);
    endpointCounter(
        "weir_upstream_connect_failures",
        "Connections to the endpoint that could not be opened.",
        EndpointMetrics::connectFailures);
    GaugeSnapshot.Builder inFlight =
        GaugeSnapshot.builder()
            .name("weir_requests_in_flight")
            .help("Requests that the endpoint has not answered yet.");
    metrics
        .endpoints()
        .forEach((key, endpoint) ->
            inFlight.dataPoint(
                gauge(
                    Labels.of("pool", key.pool(), "endpoint", key.endpoint()),
                    endpoint.inFlight())));
    snapshots.add(inFlight.build());
    ejections();
  }

  private void ejections() {
    GaugeSnapshot.Builder ejected =
        GaugeSnapshot.builder()
            .name("weir_endpoint_ejected")
            .help("Whether this agent keeps its traffic from the endpoint for how it fared.");
    CounterSnapshot.Builder ejections =
        CounterSnapshot.builder()
            .name("weir_endpoint_ejections")
            .help("Times that the endpoint was ejected, by cause.");
    metrics
        .endpoints()
        .forEach((key, endpoint) -> {
          Labels labels = Labels.of("pool", key.pool(), "endpoint", key.endpoint());
          ejected.dataPoint(gauge(labels, endpoint.isEjected() ? 1 : 0));
          endpoint
              .ejections()
              .forEach(
                  (cause, times) -> ejections.dataPoint(count(labels.add("cause", cause), times)));
        });
    snapshots.add(ejected.build());
    snapshots.add(ejections.build());
    CounterSnapshot.Builder overflows =
        CounterSnapshot.builder()
            .name("weir_pool_overflows")
            .help("Requests, connections and retries that would have been too many for the pool.");
    metrics
        .overflows()
        .forEach((of, times) ->
            overflows.dataPoint(count(Labels.of("pool", of.pool(), "limit", of.limit()), times)));
    snapshots.add(overflows.build());
  }

  private void endpointCounter(String name, String help, ToLongFunction<EndpointMetrics> value) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    metrics
        .endpoints()
        .forEach((key, endpoint) ->
            counter.dataPoint(
                count(
                    Labels.of("pool", key.pool(), "endpoint", key.endpoint()),
                    value.applyAsLong(endpoint))));
    snapshots.add(counter.build());
  }

  private void listeners() {
    CounterSnapshot.Builder requests =
        CounterSnapshot.builder()
            .name("weir_client_requests")
            .help("Requests of clients that were answered, by class of status.");
    GaugeSnapshot.Builder connections =
        GaugeSnapshot.builder()
            .name("weir_client_connections")
            .help("Connections of clients that are open.");
    metrics
        .listeners()
        .forEach((name, listener) -> {
          Labels labels = Labels.of("listener", name);
          for (int c = 1; c <= EndpointMetrics.CLASSES; c++) {
            addClass(requests, labels, c, listener.answers(c));
          }
          connections.dataPoint(gauge(labels, listener.open()));
        });
    snapshots.add(requests.build());
    snapshots.add(connections.build());
    listenerCounter(
        "weir_client_accepted",
        "Connections of clients that were accepted.",
        ListenerMetrics::accepted);
    listenerCounter(
        "weir_client_aborts",
        "Requests of clients that ended before their answer did.",
        ListenerMetrics::aborts);
  }

  private void listenerCounter(String name, String help, ToLongFunction<ListenerMetrics> value) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    metrics
        .listeners()
        .forEach((listener, counts) ->
            counter.dataPoint(count(Labels.of("listener", listener), value.applyAsLong(counts))));
    snapshots.add(counter.build());
  }

  private void agent(AgentFacts facts) {
    snapshots.add(
        InfoSnapshot.builder()
            .name("weir_build")
            .help("The version of Weir.")
            .dataPoint(
                InfoSnapshot.InfoDataPointSnapshot.builder()
                    .labels(Labels.of("version", facts.version()))
                    .build())
            .build());
    snapshots.add(
        GaugeSnapshot.builder()
            .name("weir_config_revision")
            .help("Revision of the config that runs.")
            .dataPoint(gauge(Labels.EMPTY, facts.revision()))
            .build());
    snapshots.add(
        CounterSnapshot.builder()
            .name("weir_access_log_dropped")
            .help("Records that the access log could not take.")
            .dataPoint(count(Labels.EMPTY, facts.accessLogDropped()))
            .build());
  }

  /** A rate over 2xx or 5xx needs them from the start; the rest is there once it happens. */
  private static void addClass(CounterSnapshot.Builder to, Labels labels, int c, long value) {
    if (value > 0 || c == 2 || c == 5) {
      to.dataPoint(count(labels.add("code", c + "xx"), value));
    }
  }

  private static HistogramDataPointSnapshot duration(Labels labels, LatencyHistogram latency) {
    double[] bounds = new double[SECONDS.length + 1];
    long[] counts = new long[SECONDS.length + 1];
    long below = 0;
    for (int i = 0; i < SECONDS.length; i++) {
      long upTo = latency.countUpTo(Math.round(SECONDS[i] * NANOS));
      bounds[i] = SECONDS[i];
      counts[i] = upTo - below;
      below = upTo;
    }
    bounds[SECONDS.length] = Double.POSITIVE_INFINITY;
    counts[SECONDS.length] = latency.count() - below;
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
        .sum(latency.sum() / NANOS)
        .build();
  }

  static CounterDataPointSnapshot count(Labels labels, double value) {
    return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  static CounterDataPointSnapshot count(Labels labels, long value) {
    return count(labels, (double) value);
  }

  static GaugeDataPointSnapshot gauge(Labels labels, double value) {
    return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  static GaugeDataPointSnapshot gauge(Labels labels, long value) {
    return gauge(labels, (double) value);
  }
}
