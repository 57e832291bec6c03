package io.weir.e2e.demo;

import io.weir.e2e.load.Window;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of one phase.
 *
 * @param declared the share that each endpoint should have, 0 to 1
 * @param settling requests from the change until agents had acked it and agreed on every health
 * @param measured requests from then on: what shares are taken from
 */
record Phase(String title, Map<String, Double> declared, Window settling, Window measured) {
  Phase {
    declared = Collections.unmodifiableMap(new LinkedHashMap<>(declared));
  }

  long requests() {
    return settling.requests() + measured.requests();
  }

  long failed() {
    return settling.failed() + measured.failed();
  }

  long failedIdempotent() {
    return settling.failedIdempotent() + measured.failedIdempotent();
  }

  long failedOther() {
    return settling.failedOther() + measured.failedOther();
  }

  /** Of the measured requests, 0 to 1. */
  double share(String endpoint) {
    return measured.served() == 0 ? 0 : (double) measured.served(endpoint) / measured.served();
  }

  /** The largest distance of a share from what was declared, in percentage points. */
  double shareError() {
    return declared.entrySet().stream()
        .mapToDouble(entry -> 100 * Math.abs(share(entry.getKey()) - entry.getValue()))
        .max()
        .orElse(0);
  }

  double slowestMillis() {
    return Math.max(settling.slowestNanos(), measured.slowestNanos()) / 1e6;
  }

  Map<String, Long> reasons() {
    var all = new TreeMap<>(settling.reasons());
    measured.reasons().forEach((reason, count) -> all.merge(reason, count, Long::sum));
    return all;
  }
}
