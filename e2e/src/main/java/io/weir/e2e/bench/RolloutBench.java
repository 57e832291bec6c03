package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Programs;
import io.weir.e2e.rollout.RolloutSite;
import io.weir.v1.StagedChange;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code weir bench rollout}. */
@Command(
    name = "rollout",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Whom a harmful change reaches, how soon it is back, and what becomes of one when the"
            + " leading controller is killed: six agents under load, with three controllers on an"
            + " etcd of three members, or one with a store of its own where there is no etcd.")
final class RolloutBench implements Callable<Integer> {
  static final String PAGE = "rollouts.md";

  @Mixin private final CommonOptions options = new CommonOptions();

  @Override
  public Integer call() throws IOException {
    Duration bake = Duration.ofSeconds(options.quick ? 5 : 10);
    int runs = options.quick ? 1 : 5;
    List<RolloutSite.Harm> harms = new ArrayList<>();
    List<RolloutSite.Harm> killed = new ArrayList<>();
    List<StagedChange> harmless = new ArrayList<>();
    List<Double> confirms = new ArrayList<>();
    List<String> complaints;
    boolean cluster;
    try (RolloutSite site = new RolloutSite(this::say)) {
      cluster = site.isCluster();
      for (int run = 0; run < runs; run++) {
        harms.add(site.harm(bake, false));
        confirms.add(site.unconfirmed(Duration.ofSeconds(10)));
      }
      for (int run = 0; run < (runs + 1) / 2; run++) {
        killed.add(site.harm(bake, true));
        harmless.add(site.killedInTheMiddle(Duration.ofSeconds(2)));
      }
      complaints = site.complaints();
    }
    complaints.stream().limit(5).forEach(options.out()::println);
    double exposed = harms.stream().mapToInt(harm -> harm.exposed().size()).max().orElseThrow();
    List<Double> back = harms.stream().map(RolloutSite.Harm::seconds).toList();
    List<Double> backKilled = killed.stream().map(RolloutSite.Harm::seconds).toList();
    double outside =
        harms.stream().mapToLong(RolloutSite.Harm::failedOutside).sum()
            + (double) killed.stream().mapToLong(RolloutSite.Harm::failedOutside).sum();
    double exposedKilled =
        killed.stream().mapToInt(harm -> harm.exposed().size()).max().orElseThrow();
    String measured =
        """

        | Six agents, %s, steps of 1, 50 and 100 %%, bake time %d s | |
        |---|---|
        | agents that ever ran a pool that points nowhere, at most, of %d times | %.0f |
        | from when the first ran it to when none did, at most | %.1f s |
        | the same where the leading controller was killed meanwhile, %d times: agents; time | %.0f; %.1f s |
        | requests that failed at other agents, in all of it | %.0f |
        | requests that failed at that agent, at most | %d |
        | a harmless change, its leading controller killed in the second step, %d times: how it ended | %s |
        | `--confirm-within 10s`, not confirmed: from the question to when all agents were back, at most | %.1f s |
        """
            .formatted(
                cluster ? "three controllers, three members of etcd" : "one controller",
                bake.toSeconds(),
                harms.size(),
                exposed,
                most(back),
                killed.size(),
                exposedKilled,
                most(backKilled),
                outside,
                harms.stream().mapToLong(RolloutSite.Harm::failedInside).max().orElse(0),
                harmless.size(),
                String.join(", ", harmless.stream().map(RolloutBench::end).toList()),
                most(confirms));
    options.out().println(measured);
    options.out().println("the last reason: " + harms.getLast().end().getReason());
    options.out().flush();
    var report = new BalanceReport("rollout", options.command());
    var page = options.page(Programs.locate(), PAGE);
    if (page.isPresent()) {
      report.page(page.get(), List.of(), measured);
    }
    return report.json(
        options.json(),
        List.of(
            figure("rollout.exposed_agents", "count", exposed, counts(harms)),
            figure("rollout.rollback_s", "s", most(back), back),
            figure("rollout.rollback_leader_killed_s", "s", most(backKilled), backKilled),
            figure("rollout.failed_outside_cohort", "count", outside, List.of(outside)),
            figure("rollout.confirm_revert_s", "s", most(confirms), confirms)));
  }

  private static List<Double> counts(List<RolloutSite.Harm> harms) {
    return harms.stream().map(harm -> (double) harm.exposed().size()).toList();
  }

  private static double most(List<Double> of) {
    return of.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  private static String end(StagedChange change) {
    return switch (change.getState()) {
      case ROLLOUT_STATE_COMMITTED -> "declared";
      case ROLLOUT_STATE_ROLLED_BACK -> "taken back";
      default -> change.getState().toString();
    };
  }

  private Figure figure(String name, String unit, double value, List<Double> samples) {
    return new Figure(name, value, unit, samples, options.command());
  }

  private void say(String what) {
    options.out().println(what + " …");
    options.out().flush();
  }
}
