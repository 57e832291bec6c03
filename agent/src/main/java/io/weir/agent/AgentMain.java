package io.weir.agent;

import io.weir.agent.accesslog.AccessLog;
import io.weir.agent.balance.Locality;
import io.weir.agent.control.LastGood;
import io.weir.agent.control.LastGood.Opening;
import io.weir.agent.gossip.GossipSocket;
import io.weir.agent.proxy.EventLoopDataPlane;
import io.weir.agent.proxy.ProxyOptions;
import io.weir.agent.security.CredentialsException;
import io.weir.agent.security.LiveCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/**
 * {@code weir agent}: runs until it is told to stop (SIGTERM or SIGINT: drains, exit status 0).
 * Exit status 1, with one sentence on stderr, when it cannot start; 2 for a wrong option.
 */
@Command(
    name = "weir agent",
    description = "Balances traffic as the controller says.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    versionProvider = AgentMain.Version.class)
public final class AgentMain implements Callable<Integer> {
  @Mixin private final AgentOptions options = new AgentOptions();

  private AgentMain() {}

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new AgentMain())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setParameterExceptionHandler((wrong, given) -> {
              System.err.println("weir agent: " + wrong.getMessage() + " (see weir agent --help)");
              return CommandLine.ExitCode.USAGE;
            })
            .execute(args));
  }

  @Override
  public Integer call() {
    AgentConfig config = options.toConfig();
    // Before the first logger is made.
    Logs.be(
        options.logLevel.name().toLowerCase(Locale.ROOT),
        options.logFormat.name().toLowerCase(Locale.ROOT));
    // gRPC logs by java.util.logging; what matters of it reaches us as a status.
    java.util.logging.Logger.getLogger("").setLevel(Level.OFF);

    @Nullable LiveCredentials credentials = null;
    if (config.tls().isPresent() && !options.train) {
      try {
        credentials = LiveCredentials.open(config.tls().get());
      } catch (CredentialsException e) {
        return failed(
            "no TLS can be had: %s (see --tls-cert, --tls-key and --tls-ca)"
                .formatted(e.getMessage()));
      }
    }

    return switch (LastGood.open(config.dataDir())) {
      case Opening.Unusable unusable -> failed(unusable.sentence());
      case Opening.Opened opened -> {
        @Nullable GossipSocket gossip = null;
        if (config.gossip().isPresent() && !options.train) {
          switch (GossipSocket.open(config.gossip().get())) {
            case GossipSocket.Opening.Opened bound -> gossip = bound.socket();
            case GossipSocket.Opening.Unusable unusable -> {
              opened.lastGood().close();
              yield failed(unusable.sentence());
            }
          }
        }
        try (AccessLog accessLog = accessLog(config)) {
          yield run(config, opened.lastGood(), gossip, credentials, accessLog, options.train);
        } catch (IOException e) {
          yield failed(
              "cannot open access log %s: %s; choose another with --access-log"
                  .formatted(config.accessLog(), e.getMessage()));
        }
      }
    };
  }

  private static AccessLog accessLog(AgentConfig config) throws IOException {
    return switch (config.accessLog()) {
      case "off" -> AccessLog.off();
      case "-" -> AccessLog.stdout(config.accessLogFormat());
      case String file -> AccessLog.file(Path.of(file), config.accessLogFormat());
    };
  }

  private static int run(
      AgentConfig config,
      LastGood lastGood,
      @Nullable GossipSocket gossip,
      @Nullable LiveCredentials credentials,
      AccessLog accessLog,
      boolean train) {
    CompletableFuture<String> fatal = new CompletableFuture<>();
    AgentProcess process =
        new AgentProcess(
            config,
            version(),
            lastGood,
            gossip,
            credentials,
            accessLog,
            (vertx, states, doubts) ->
                new EventLoopDataPlane(
                    vertx,
                    states,
                    InstantSource.system(),
                    accessLog,
                    new ProxyOptions(
                        config.eventLoops(),
                        config.drainTime(),
                        new Locality(config.name(), config.labels().getOrDefault("zone", ""))),
                    doubts),
            System.out,
            fatal::complete);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (!fatal.isDone()) {
                    process.stop();
                    accessLog.close();
                    System.out.flush();
                    // A JVM that was signalled would exit with 128 + the signal's number.
                    Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
                  }
                },
                "weir-stop"));
    if (credentials == null && !train) {
      LoggerFactory.getLogger(AgentMain.class)
          .atWarn()
          .addKeyValue("controllers", config.controllers())
          .log("configuration comes in plaintext, from whoever answers there");
    }
    if (train) {
      process.train().join();
      fatal.complete("");
      process.stop();
      return CommandLine.ExitCode.OK;
    }
    CompletableFuture<Void> warm = process.start();
    // Not on the thread that has become warm, which is an event loop.
    var _ = warm.thenRunAsync(Niceness::lowerCompilers, task -> new Thread(task).start());
    String sentence = fatal.join();
    process.stop();
    return failed(sentence);
  }

  private static int failed(String sentence) {
    System.err.println("weir agent: " + sentence);
    return CommandLine.ExitCode.SOFTWARE;
  }

  static String version() {
    return Optional.ofNullable(AgentMain.class.getPackage().getImplementationVersion())
        .orElse("dev");
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"weir agent " + version()};
    }
  }
}
