package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Programs;
import io.weir.e2e.scaling.Comparison;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench scaling}. */
@Command(
    name = "scaling",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Whether a pool has enough endpoints in time, in virtual time: Weir's recommender beside"
            + " the autoscalers of Kubernetes and Knative, each with as many endpoint seconds.")
final class ScalingBench implements Callable<Integer> {
  static final String PAGE = "scaling.md";

  private static final int QUICK = 2;
  private static final int FULL = 6;

  @Mixin private final CommonOptions options = new CommonOptions();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "3000",
      description =
          "Of the first load of each kind; those below 3000 were looked at while it was made"
              + " (default: ${DEFAULT-VALUE}).")
  private long seed = Comparison.FIRST_UNSEEN;

  @Override
  public Integer call() throws IOException {
    int seeds = options.quick ? QUICK : FULL;
    List<Comparison> plain = Comparison.all(Comparison.plain(), seed, seeds);
    List<Comparison> holding = Comparison.all(Comparison.holding(), seed, seeds);
    String table =
        """

        %d loads of each kind, each with another seed. Hours of HPA and KPA are beside those of Weir.

        With `in: {stabilization: 30m}`:

        %s
        With nothing but `min` and `max`:

        %s\
        """
            .formatted(seeds, table(Comparison.sums(holding)), table(Comparison.sums(plain)));
    options.out().println(table);
    options.out().flush();
    var report = new BalanceReport("scaling", options.command());
    var page = options.page(Programs.locate(), PAGE);
    if (page.isPresent()) {
      report.page(page.get(), List.of(), table);
    }
    List<Figure> figures = new ArrayList<>(figures("scaling.", holding));
    figures.addAll(figures("scaling.default_", plain));
    return report.json(options.json(), figures);
  }

  private static String table(List<Comparison.Sum> sums) {
    var table =
        new Table(
            "load",
            "endpoint hours",
            "too slow, s: Weir",
            "HPA",
            "KPA",
            "vs HPA",
            "vs KPA",
            "hours of HPA",
            "of KPA",
            "reversals: Weir",
            "HPA",
            "KPA");
    for (Comparison.Sum sum : sums) {
      table.row(
          List.of(
              sum.name(),
              number(sum.weir().podSeconds() / 3_600),
              number(sum.weir().violations()),
              number(sum.hpa().violations()),
              number(sum.kpa().violations()),
              ratio(sum.weir().violations(), sum.hpa().violations()),
              ratio(sum.weir().violations(), sum.kpa().violations()),
              ratio(sum.hpa().podSeconds(), sum.weir().podSeconds()),
              ratio(sum.kpa().podSeconds(), sum.weir().podSeconds()),
              Integer.toString(sum.weir().reversals()),
              Integer.toString(sum.hpa().reversals()),
              Integer.toString(sum.kpa().reversals())));
    }
    return table.toString();
  }

  private List<Figure> figures(String prefix, List<Comparison> all) {
    Comparison.Sum sum = Comparison.sums(all).getLast();
    List<Figure> figures = new ArrayList<>();
    add(
        figures,
        prefix + "violation_vs_hpa",
        "ratio",
        sum.weir().violations() / sum.hpa().violations());
    add(
        figures,
        prefix + "violation_vs_kpa",
        "ratio",
        sum.weir().violations() / sum.kpa().violations());
    add(
        figures,
        prefix + "pod_seconds_vs_hpa",
        "ratio",
        sum.weir().podSeconds() / sum.hpa().podSeconds());
    add(
        figures,
        prefix + "pod_seconds_vs_kpa",
        "ratio",
        sum.weir().podSeconds() / sum.kpa().podSeconds());
    add(
        figures,
        prefix + "reversals",
        "count",
        all.stream()
            .filter(one -> one.kind().equals("diurnal"))
            .mapToInt(one -> one.weir().reversals())
            .sum());
    return figures;
  }

  private void add(List<Figure> figures, String name, String unit, double value) {
    if (Double.isFinite(value)) {
      figures.add(new Figure(name, value, unit, List.of(value), options.command()));
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  private static String ratio(double ours, double theirs) {
    return theirs == 0 ? "-" : String.format(Locale.ROOT, "%.2f", ours / theirs);
  }
}
