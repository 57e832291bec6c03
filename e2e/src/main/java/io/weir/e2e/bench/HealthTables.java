package io.weir.e2e.bench;

import io.weir.e2e.sim.fleet.Mutation;
import io.weir.e2e.sim.fleet.Seeds;
import io.weir.e2e.sim.health.Detection;
import io.weir.e2e.sim.membership.MembershipResults;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code weir bench health} found, for people.
 *
 * @param caught by mutant: the first seed that shows it; 0: none did
 */
record HealthTables(
    Detection.Comparison detection,
    Detection.CutOff cutOff,
    MembershipResults ring,
    Seeds seeds,
    Map<Mutation, Long> caught) {
  @Override
  public String toString() {
    return """

    1,000 endpoints, 20 agents, interval 1 s, time-out 200 ms, 1 %% of packets lost; an endpoint dies each
    second and is back after 20 s:

    %s
    %d endpoints were taken out for the whole fleet, %d of them wrongly.

    One of 20 agents reaches no endpoint for 30 s: %d were taken out for the fleet; the agent took %d out
    for itself, and was named (%s).

    ```
    %s
    ```

    %,d runs of a whole fleet under random faults, %,d decisions, %,d comparisons with what must hold: %d
    broken. Rules broken on purpose, and the first seed that shows it:

    %s\
    """
        .formatted(
            finding(),
            detection.globalEjections(),
            detection.falseGlobalEjections(),
            cutOff.globalEjections(),
            cutOff.ejectedByItself(),
            String.join(", ", cutOff.named()),
            ring.table().strip(),
            seeds.runs(),
            seeds.decisions(),
            seeds.checks(),
            seeds.broken().size(),
            mutants());
  }

  private Table finding() {
    var table = new Table("", "everybody probes everything, fall 3", "Weir", "ratio");
    row(
        table,
        "probes",
        (double) detection.everyone().probes(),
        (double) detection.shared().probes(),
        detection.probesRatio(),
        "%,.0f");
    row(
        table,
        "detection, mean s",
        detection.everyone().detectMean() / 1e9,
        detection.shared().detectMean() / 1e9,
        detection.detectMeanRatio(),
        "%.2f");
    row(
        table,
        "detection, p99 s",
        detection.everyone().detectP99() / 1e9,
        detection.shared().detectP99() / 1e9,
        detection.detectP99Ratio(),
        "%.2f");
    row(
        table,
        "wrong ejections, by agent",
        (double) detection.everyone().falseEjections(),
        (double) detection.shared().falseEjections(),
        detection.falseEjectionsRatio(),
        "%,.0f");
    return table;
  }

  private static void row(
      Table table, String what, double everyone, double weir, double ratio, String form) {
    table.row(
        List.of(
            what,
            String.format(Locale.ROOT, form, everyone),
            String.format(Locale.ROOT, form, weir),
            String.format(Locale.ROOT, "%.3f", ratio)));
  }

  private Table mutants() {
    var table = new Table("rule broken", "first seed");
    caught.forEach((mutation, first) ->
        table.row(List.of(mutation.toString(), first == 0 ? "not noticed" : first.toString())));
    return table;
  }
}
