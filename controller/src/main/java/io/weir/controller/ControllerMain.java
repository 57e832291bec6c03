package io.weir.controller;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code weir controller}: serves until it is told to stop (SIGTERM or SIGINT; exit status 0). Exit
 * status 1, with one sentence on stderr, when it cannot start; 2 for a wrong option.
 */
@Command(
    name = "weir controller",
    description = "Keeps what is declared and hands every agent its part of it.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    versionProvider = ControllerMain.Version.class)
public final class ControllerMain implements Callable<Integer> {
  private static final Duration RETRY = Duration.ofSeconds(1);

  @Mixin private final ControllerOptions options = new ControllerOptions();
  @Spec private @Nullable CommandSpec spec;

  private ControllerMain() {}

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new ControllerMain())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((wrong, _) -> {
          wrong
              .getCommandLine()
              .getErr()
              .println("weir controller: " + wrong.getMessage() + " (see weir controller --help)");
          return CommandLine.ExitCode.USAGE;
        });
  }

  @Override
  public Integer call() {
    ControllerConfig config = options.toConfig();
    // Before the first logger is made.
    System.setProperty("weir.log.level", options.logLevel.name().toLowerCase(Locale.ROOT));
    System.setProperty("weir.log.format", options.logFormat.name().toLowerCase(Locale.ROOT));
    // gRPC logs by java.util.logging; what matters of it reaches us as a status.
    Logger.getLogger("").setLevel(Level.OFF);

    CommandLine commandLine = spec == null ? commandLine() : spec.commandLine();
    Controller controller;
    try {
      controller = Controller.start(config, InstantSource.system());
    } catch (StartupException e) {
      commandLine.getErr().println("weir controller: " + e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    AtomicReference<Controller> running = new AtomicReference<>(controller);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> stop(Objects.requireNonNull(running.get())), "weir-stop"));
    Compilers.giveWay();
    PrintWriter out = commandLine.getOut();
    out.println(
        "weir controller ready on %s (cluster %s, %s)"
            .formatted(
                new ControllerConfig.Listen(config.listen().host(), controller.port()),
                config.cluster(),
                config.storage()));
    out.flush();
    config =
        config.listeningOn(new ControllerConfig.Listen(config.listen().host(), controller.port()));
    // Until it is told to stop.
    while (true) {
      controller.outdated().join();
      controller.close();
      controller = anew(config);
      running.set(controller);
    }
  }

  /** For as long as it takes: agents go on with what they have. */
  private static Controller anew(ControllerConfig config) {
    while (true) {
      try {
        return Controller.start(config, InstantSource.system());
      } catch (StartupException e) {
        LoggerFactory.getLogger(ControllerMain.class)
            .atError()
            .addKeyValue("reason", e.getMessage())
            .log("cannot begin anew yet");
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
  }

  private static void stop(Controller controller) {
    controller.close();
    // A JVM that was signalled would exit with 128 + the signal's number.
    Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
  }

  static String version() {
    String version = ControllerMain.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"weir controller " + version()};
    }
  }
}
