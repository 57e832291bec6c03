package io.weir.agent.exposition;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The process and its JVM, under the names that Prometheus' own clients use. */
final class ProcessFacts {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessFacts() {}

  static List<MetricSnapshot> snapshots() {
    List<MetricSnapshot> snapshots = new ArrayList<>();
    double started = ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3;
    snapshots.add(
        gauge("process_start_time_seconds", "When the process started, Unix time.", started));
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean os) {
      snapshots.add(
          CounterSnapshot.builder()
              .name("process_cpu_seconds")
              .help("Time on the processor, user and system.")
              .dataPoint(Exposition.count(Labels.EMPTY, os.getProcessCpuTime() / 1e9))
              .build());
      if (os instanceof UnixOperatingSystemMXBean unix) {
        snapshots.add(gauge("process_open_fds", "Open files.", unix.getOpenFileDescriptorCount()));
        snapshots.add(
            gauge("process_max_fds", "Files that may be open.", unix.getMaxFileDescriptorCount()));
      }
    }
    long resident = residentBytes();
    if (resident > 0) {
      snapshots.add(gauge("process_resident_memory_bytes", "Memory in use.", resident));
    }
    jvm(snapshots);
    return snapshots;
  }

  private static void jvm(List<MetricSnapshot> to) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    to.add(
        GaugeSnapshot.builder()
            .name("jvm_memory_used_bytes")
            .help("Memory of the JVM in use, by area.")
            .dataPoint(
                Exposition.gauge(Labels.of("area", "heap"), memory.getHeapMemoryUsage().getUsed()))
            .dataPoint(
                Exposition.gauge(
                    Labels.of("area", "nonheap"), memory.getNonHeapMemoryUsage().getUsed()))
            .build());
    to.add(
        gauge(
            "jvm_threads_current",
            "Platform threads.",
            ManagementFactory.getThreadMXBean().getThreadCount()));
    CounterSnapshot.Builder collections =
        CounterSnapshot.builder().name("jvm_gc_collections").help("Garbage collections.");
    CounterSnapshot.Builder seconds =
        CounterSnapshot.builder().name("jvm_gc_seconds").help("Time in garbage collections.");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      Labels labels = Labels.of("gc", gc.getName());
      collections.dataPoint(Exposition.count(labels, Math.max(0, gc.getCollectionCount())));
      seconds.dataPoint(Exposition.count(labels, Math.max(0, gc.getCollectionTime()) / 1e3));
    }
    to.add(collections.build());
    to.add(seconds.build());
  }

  private static GaugeSnapshot gauge(String name, String help, long value) {
    return gauge(name, help, (double) value);
  }

  private static GaugeSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(Exposition.gauge(Labels.EMPTY, value))
        .build();
  }

  /** 0 where the system does not say. */
  private static long residentBytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
    } catch (IOException _) {
      // Not Linux.
    }
    return 0;
  }
}
