package io.weir.e2e.demo;

import io.grpc.StatusRuntimeException;
import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Programs;
import io.weir.e2e.scale.ScaleDemo;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code weir demo}; exit status 0 only if all that it shows held. */
@Command(
    name = "weir demo",
    mixinStandardHelpOptions = true,
    subcommands = ScaleDemo.class,
    description =
        "Starts a controller, two agents and three origins on loopback, drives load through both"
            + " agents while weights change and processes die, and says what held.")
public final class Demo implements Callable<Integer> {
  private static final Duration SHORTEST = Duration.ofSeconds(10);
  private static final int LOG_LINES = 20;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "20s",
      converter = Seconds.class,
      description = "How long the load lasts, at least 10s (default: ${DEFAULT-VALUE}).")
  private Duration total = SHORTEST;

  @Option(names = "--keep", description = "Leave everything running afterwards, until Ctrl-C.")
  private boolean keep;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures to FILE, as a list of JSON objects.")
  private @Nullable Path json;

  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  Demo() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "io/weir/e2e/logback.xml");
    System.exit(new CommandLine(new Demo()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Fleet fleet = Fleet.create(Programs.locate());
    // Also when it ends by a signal; what nothing can catch is what the tether is for.
    Runtime.getRuntime().addShutdownHook(new Thread(fleet::close, "stop the fleet"));
    try (fleet) {
      return run(fleet);
    }
  }

  private static String addresses(Stage stage) {
    return stage.agents().stream()
        .map(agent -> agent.getAddress().getHostAddress() + ":" + agent.getPort())
        .collect(Collectors.joining(" and "));
  }

  private int run(Fleet fleet) throws IOException, InterruptedException {
    Stage stage;
    Outcome outcome;
    try (Display display = display()) {
      display.say("Starting a controller, two agents and three origins ...");
      stage = new Stage(fleet);
      display.say(
          "Controller on %s, agents on %s."
              .formatted(stage.controller().address(), addresses(stage)));
      outcome = Scenario.run(stage, total, display);
    } catch (Await.TimedOut | IllegalStateException | StatusRuntimeException e) {
      out.println("\nFAIL: " + e.getMessage());
      logs(fleet);
      return 1;
    }
    List<String> failures = Verdict.failures(outcome);
    out.println(Summary.of(outcome));
    if (json != null) {
      String command = "./weir demo --for " + total.toSeconds() + "s";
      Files.writeString(json, Figure.json(DemoFigures.of(outcome, command)));
    }
    if (!failures.isEmpty()) {
      logs(fleet);
    }
    out.println(failures.isEmpty() ? "PASS" : "FAIL: " + String.join("\n      ", failures));
    out.flush();
    if (keep) {
      out.println(lookAround(stage));
      out.flush();
      new CountDownLatch(1).await();
    }
    return failures.isEmpty() ? 0 : 1;
  }

  private Display display() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
        ? new TerminalDisplay(out)
        : new PlainDisplay(out);
  }

  /** What every process said last, for whoever has to find out why. */
  private void logs(Fleet fleet) {
    for (Child child : fleet.children()) {
      String tail = child.tail(LOG_LINES);
      if (!tail.isBlank()) {
        out.println("--- " + child.name() + "\n" + tail);
      }
    }
    out.flush();
  }

  private static String lookAround(Stage stage) {
    String ctl = "./weir ctl --controller " + stage.controller().address();
    return """

    Everything runs on, until Ctrl-C. To look around:
      curl -i http://%s/
      curl -i http://%s/
      %s status
      %s describe pool %s
      %s explain pool %s
      %s events
      %s weight %s %s 2
      %s history
    """
        .formatted(
            host(stage, 0),
            host(stage, 1),
            ctl,
            ctl,
            Stage.POOL,
            ctl,
            Stage.POOL,
            ctl,
            ctl,
            Stage.POOL,
            stage.address(Stage.ORIGIN_1),
            ctl);
  }

  private static String host(Stage stage, int agent) {
    var address = stage.agents().get(agent);
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  /** {@code 20s}, {@code 1m30s}. */
  static final class Seconds implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("(?:(\\d{1,3})m)?(?:(\\d{1,4})s)?");

    @Override
    public Duration convert(String text) {
      Matcher matcher = FORM.matcher(text);
      if (text.isEmpty() || !matcher.matches()) {
        throw new TypeConversionException("'" + text + "' is not a time like 20s or 1m30s");
      }
      Duration time = Duration.ofMinutes(number(matcher, 1)).plusSeconds(number(matcher, 2));
      if (time.compareTo(SHORTEST) < 0) {
        throw new TypeConversionException(
            "'" + text + "' is shorter than " + SHORTEST.toSeconds() + "s");
      }
      return time;
    }

    private static long number(Matcher matcher, int group) {
      return matcher.group(group) == null ? 0 : Long.parseLong(matcher.group(group));
    }
  }
}
