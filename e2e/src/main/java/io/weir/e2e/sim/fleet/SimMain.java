package io.weir.e2e.sim.fleet;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weir test sim}: the fleet in virtual time, many times over. */
@Command(
    name = "weir test sim",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Runs whole fleets in virtual time, each from a seed, with faults at random; exit status 1"
            + " when an invariant was broken.")
public final class SimMain implements Callable<Integer> {
  private static final int CHUNK = 50;
  private static final int SHOWN = 10;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1000",
      description = "How many runs (default: ${DEFAULT-VALUE}).")
  private int seeds;

  @Option(
      names = "--first",
      paramLabel = "SEED",
      defaultValue = "1",
      description = "The first seed (default: ${DEFAULT-VALUE}).")
  private long first;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "Only this one, and tell all that happens.")
  private @Nullable Long seed;

  @Option(
      names = "--mutation",
      paramLabel = "RULE",
      defaultValue = "NONE",
      description = "Break a rule on purpose: ${COMPLETION-CANDIDATES}.")
  private Mutation mutation = Mutation.NONE;

  @Option(
      names = "--controllers",
      paramLabel = "HOW-MANY",
      defaultValue = "SEVERAL",
      description =
          "One at a time, or several that elect who leads (default: several): "
              + "${COMPLETION-CANDIDATES}.")
  private Cluster cluster = Cluster.SEVERAL;

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private SimMain() {}

  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "io/weir/e2e/logback-off.xml");
    System.exit(
        new CommandLine(new SimMain()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException, ExecutionException {
    return seed == null ? all() : one(seed);
  }

  private int one(long which) {
    World.Outcome outcome = World.run(cluster, which, mutation, true);
    outcome.trace().forEach(out::println);
    out.println(outcome.broken().map(broken -> "BROKEN " + broken).orElse("nothing is broken"));
    return outcome.broken().isEmpty() ? 0 : 1;
  }

  private int all() throws InterruptedException, ExecutionException {
    long began = System.nanoTime();
    Seeds total = new Seeds(0, 0, 0, 0, List.of());
    for (long at = first; at < first + seeds; at += (long) CHUNK * CHUNK) {
      long end = Math.min(first + seeds, at + (long) CHUNK * CHUNK);
      Seeds part = Seeds.run(cluster, at, end, mutation);
      part.broken().stream().limit(Math.max(0, SHOWN - total.broken().size())).forEach(this::tell);
      total = total.plus(part);
      out.printf(
          Locale.ROOT,
          "%d of %d seeds, %d broken, %d decisions, %.0f s%n",
          total.runs(),
          seeds,
          total.broken().size(),
          total.decisions(),
          (System.nanoTime() - began) / 1e9);
    }
    return total.broken().isEmpty() ? 0 : 1;
  }

  private void tell(World.Outcome broken) {
    out.printf(
        "seed %d: %s%n  again with: ./weir test sim --seed %d%s%s%n",
        broken.seed(),
        broken.broken().orElse(""),
        broken.seed(),
        cluster == Cluster.SEVERAL ? "" : " --controllers one",
        mutation == Mutation.NONE ? "" : " --mutation " + mutation.name().toLowerCase(Locale.ROOT));
  }
}
