package io.weir.agent.report;

import io.weir.agent.metrics.EndpointMetrics;
import io.weir.agent.metrics.LatencyHistogram;
import io.weir.agent.metrics.ListenerMetrics;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.v1.ListenerLoad;
import io.weir.v1.LoadReport;
import io.weir.v1.PoolLoad;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** What clients got, as a report has it. */
final class TrafficMessages {
  private static final int MOST = 100;
  private static final long MICRO = 1_000;

  private TrafficMessages() {}

  /**
   * @param metrics of all loops together
   */
  static void add(LoopMetrics metrics, LoadReport.Builder report) {
    metrics.listeners().entrySet().stream()
        .map(each -> listener(each.getKey(), each.getValue()))
        .filter(load -> load.getRequests() > 0)
        .sorted(Comparator.comparingLong(ListenerLoad::getRequests).reversed())
        .limit(MOST)
        .forEach(report::addListeners);
    Map<String, LatencyHistogram> pools = new TreeMap<>();
    metrics
        .endpoints()
        .forEach((key, endpoint) ->
            pools.computeIfAbsent(key.pool(), _ -> new LatencyHistogram()).add(endpoint.latency()));
    pools.entrySet().stream()
        .filter(each -> each.getValue().count() > 0)
        .sorted(
            Comparator.comparingLong(
                    (Map.Entry<String, LatencyHistogram> each) -> each.getValue().count())
                .reversed())
        .limit(MOST)
        .forEach(each -> report.addPools(pool(each.getKey(), each.getValue())));
  }

  /**
   * @param queued by pool
   */
  static void queue(Map<String, Long> queued, LoadReport.Builder report) {
    Map<String, Long> left = new TreeMap<>(queued);
    for (PoolLoad.Builder load : report.getPoolsBuilderList()) {
      Long its = left.remove(load.getPool());
      if (its != null) {
        load.setQueued(its);
      }
    }
    left.forEach(
        (pool, its) -> report.addPools(PoolLoad.newBuilder().setPool(pool).setQueued(its)));
  }

  private static ListenerLoad listener(String name, ListenerMetrics metrics) {
    long requests = 0;
    for (int statusClass = 1; statusClass <= EndpointMetrics.CLASSES; statusClass++) {
      requests += metrics.answers(statusClass);
    }
    return ListenerLoad.newBuilder()
        .setListener(name)
        .setRequests(requests)
        .setErrors(metrics.answers(EndpointMetrics.CLASSES))
        .build();
  }

  private static PoolLoad pool(String name, LatencyHistogram latency) {
    PoolLoad.Builder load = PoolLoad.newBuilder().setPool(name);
    latency.each((bound, count) -> load.addMicros(bound / MICRO).addCounts(count));
    return load.build();
  }
}
