package io.weir.e2e.bench;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code weir bench}. */
@Command(
    name = "weir bench",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    synopsisSubcommandLabel =
        "proxy|l4|balance|health|delivery|storm|chaos|rollout|scaling|store|security",
    description = "Weir side by side with other proxies on this machine.",
    subcommands = {
      ProxyBench.class,
      L4Bench.class,
      BalanceBench.class,
      HealthBench.class,
      DeliveryBench.class,
      StormBench.class,
      StoreBench.class,
      ChaosBench.class,
      SecurityBench.class,
      RolloutBench.class,
      ScalingBench.class
    })
public final class BenchMain {
  private BenchMain() {}

  /** See {@code --help}; exit status 1 when nothing could be measured. */
  public static void main(String[] args) {
    boolean simulates = args.length > 0 && List.of("health", "store", "scaling").contains(args[0]);
    System.setProperty(
        "logback.configurationFile",
        simulates ? "io/weir/e2e/logback-off.xml" : "io/weir/e2e/logback.xml");
    System.exit(
        new CommandLine(new BenchMain())
            .setParameterExceptionHandler((wrong, given) -> {
              System.err.println("weir bench: " + wrong.getMessage() + " (see weir bench --help)");
              return CommandLine.ExitCode.USAGE;
            })
            .execute(args));
  }
}
