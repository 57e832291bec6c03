package io.weir.e2e.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A process and what it started, as {@code /proc} shows them at the moment of the call. */
record ProcessTree(long root) {
  private static final Pattern RSS = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");
  private static final double KIB_PER_MIB = 1024;

  /** The processes that live now, the root first. */
  List<Long> pids() {
    return ProcessHandle.of(root)
        .map(handle ->
            Stream.concat(Stream.of(handle), handle.descendants()).map(ProcessHandle::pid).toList())
        .orElse(List.of());
  }

  /** Used so far by all that live now. */
  CpuTime cpu() {
    return pids().stream()
        .map(pid -> read(pid, "stat"))
        .filter(stat -> !stat.isEmpty())
        .map(CpuTime::parse)
        .reduce(CpuTime.NONE, CpuTime::plus);
  }

  /** Resident memory in MiB; pages that several processes share are counted for each. */
  double rss() {
    return pids().stream()
            .flatMap(pid -> RSS.matcher(read(pid, "status")).results())
            .map(MatchResult::group)
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum()
        / KIB_PER_MIB;
  }

  /** Empty for a process that just ended. */
  private static String read(long pid, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (IOException ended) {
      return "";
    }
  }
}
