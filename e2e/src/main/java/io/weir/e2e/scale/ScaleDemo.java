package io.weir.e2e.scale;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Await;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weir demo scale}; exit status 0 only if no request failed. */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    description =
        "Starts a controller whose scaler starts and stops origins as load rises and falls, two"
            + " agents, and clients with long requests and open streams; says what failed.")
public final class ScaleDemo implements Callable<Integer> {
  private static final int INS = 20;
  private static final int FEW = 5;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "600",
      description = "At most so long; it is over after 20 scale-ins (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--without-barrier",
      description =
          "Origins are ended without waiting for what is under way, which shows that this run can"
              + " fail.")
  private boolean withoutBarrier;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures to FILE, as a list of JSON objects.")
  private @Nullable Path json;

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  @Override
  public Integer call() throws IOException {
    List<Figure> figures = new ArrayList<>();
    String command = "./weir demo scale --seconds " + seconds;
    boolean failed;
    try {
      if (withoutBarrier) {
        ScaleRun.Result result =
            ScaleRun.run(INS, Duration.ofSeconds(seconds), false, out::println);
        failed = tell(result);
        figures.add(figure("scale.failed_without_barrier", result.failed(), "requests", command));
      } else {
        ScaleRun.Result result = ScaleRun.run(INS, Duration.ofSeconds(seconds), true, out::println);
        failed = tell(result);
        if (result.ins() < INS) {
          out.println("only %d scale-ins of %d in time".formatted(result.ins(), INS));
          failed = true;
        }
        figures.add(figure("scale.requests", result.requests(), "requests", command));
        figures.add(figure("scale.failed", result.failed(), "requests", command));
        figures.add(figure("scale.ins", result.ins(), "decisions", command));
        figures.add(figure("scale.outs", result.outs(), "decisions", command));
        if (json != null) {
          out.println("\nthe same without the barrier, which has to fail:");
          ScaleRun.Result bare =
              ScaleRun.run(FEW, Duration.ofSeconds(seconds), false, out::println);
          tell(bare);
          figures.add(figure("scale.failed_without_barrier", bare.failed(), "requests", command));
        }
      }
    } catch (Await.TimedOut | IllegalStateException e) {
      out.println("\nFAIL: " + e.getMessage());
      return 1;
    }
    if (json != null) {
      Files.writeString(json, Figure.json(figures));
    }
    out.println(failed ? "FAIL" : "PASS");
    return failed ? 1 : 0;
  }

  /** Whether anything failed. */
  private boolean tell(ScaleRun.Result result) {
    out.println(
        """

        %d requests, %d of them streams, %d failed
        %d scale-ins, %d scale-outs, %d origins ended in %d s\
        """
            .formatted(
                result.requests(),
                result.streams(),
                result.failed(),
                result.ins(),
                result.outs(),
                result.ended(),
                result.took().toSeconds()));
    result.failures().forEach((why, count) -> out.println("  %d: %s".formatted(count, why)));
    return result.failed() > 0;
  }

  private static Figure figure(String name, long value, String unit, String command) {
    return new Figure(name, value, unit, List.of((double) value), command);
  }
}
