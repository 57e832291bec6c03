package io.weir.agent;

import io.weir.agent.accesslog.AccessLogFormat;
import io.weir.agent.control.HostPort;
import io.weir.agent.exposition.MetricsTls;
import io.weir.agent.security.TlsFiles;
import io.weir.v1.JoinToken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code weir agent}; a wrong one is a usage error. */
final class AgentOptions {
  private static final int MAX_EVENT_LOOPS = 1_024;
  private static final Duration MAX_WARM_UP = Duration.ofMinutes(1);
  private static final String NAME_FORM = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  private static final String LABEL_FORM = "[A-Za-z0-9._/-]{1,63}";

  enum LogLevel {
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERROR
  }

  enum LogFormat {
    TEXT,
    JSON
  }

  @Spec(Spec.Target.MIXEE)
  @Nullable CommandSpec spec;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      defaultValue = "${env:WEIR_CLUSTER:-default}",
      description = "Cluster to be part of (WEIR_CLUSTER; default: default).")
  String cluster = "";

  @Option(
      names = "--controller",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:WEIR_CONTROLLER:-127.0.0.1:7400}",
      split = ",",
      description =
          "The controller's address, or those of several, separated by commas (WEIR_CONTROLLER;"
              + " default: 127.0.0.1:7400).")
  List<String> controllers = List.of();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "${env:WEIR_AGENT_NAME}",
      description =
          "Name of this agent, unique in the cluster (WEIR_AGENT_NAME; default: host name).")
  @Nullable String name;

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      split = ",",
      defaultValue = "${env:WEIR_AGENT_LABELS}",
      description =
          "A label that listeners select agents by; repeatable, or K=V,K=V"
              + " (WEIR_AGENT_LABELS).")
  @Nullable List<String> labels;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "${env:WEIR_DATA_DIR}",
      description =
          "Where the last good snapshots are kept (WEIR_DATA_DIR; default: /var/lib/weir/agent for"
              + " root, else ~/.local/state/weir/agent).")
  @Nullable String dataDir;

  @Option(
      names = "--access-log",
      paramLabel = "FILE|-|off",
      defaultValue = "${env:WEIR_ACCESS_LOG:-off}",
      description = "Where to log requests, '-' for stdout (WEIR_ACCESS_LOG; default: off).")
  String accessLog = "";

  @Option(
      names = "--access-log-format",
      paramLabel = "combined|json",
      defaultValue = "${env:WEIR_ACCESS_LOG_FORMAT:-combined}",
      description = "Form of a line in it (WEIR_ACCESS_LOG_FORMAT; default: combined).")
  AccessLogFormat accessLogFormat = AccessLogFormat.COMBINED;

  @Option(
      names = "--metrics",
      paramLabel = "HOST:PORT|off",
      defaultValue = "${env:WEIR_METRICS:-off}",
      description =
          "Where to answer /metrics, /explain, /ready and /live; to everybody who gets there"
              + " (WEIR_METRICS; default: off).")
  String metrics = "";

  @Option(
      names = "--metrics-tls",
      paramLabel = "off|on|mutual",
      defaultValue = "${env:WEIR_METRICS_TLS:-off}",
      description =
          "Whether --metrics is TLS, with the certificate of --tls-cert, and for those only who"
              + " show one of an authority of --tls-ca (WEIR_METRICS_TLS; default: off).")
  MetricsTls metricsTls = MetricsTls.OFF;

  @Option(
      names = "--gossip",
      paramLabel = "HOST:PORT|off",
      defaultValue = "${env:WEIR_GOSSIP:-0.0.0.0:7402}",
      description =
          "Where to hear other agents, UDP and TCP; they have to get there"
              + " (WEIR_GOSSIP; default: 0.0.0.0:7402).")
  String gossip = "";

  @Option(
      names = "--join",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_JOIN}",
      description =
          "Output of weir ctl join-token: with it an agent that has nothing yet and reaches no"
              + " controller gets what to run from other agents (WEIR_JOIN).")
  @Nullable String join;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_TLS_CERT}",
      description =
          "PEM file with this agent's certificate, which has its name; replaced files are taken up"
              + " without a restart (WEIR_TLS_CERT).")
  @Nullable String tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_TLS_KEY}",
      description = "PEM file with its key, in PKCS#8 and not encrypted (WEIR_TLS_KEY).")
  @Nullable String tlsKey;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_TLS_CA}",
      description =
          "PEM file with the certificates that the controllers' are signed by (WEIR_TLS_CA).")
  @Nullable String tlsAuthority;

  @Option(
      names = "--insecure-plaintext",
      defaultValue = "${env:WEIR_INSECURE_PLAINTEXT:-false}",
      description =
          "Take configuration from controllers on other hosts without TLS"
              + " (WEIR_INSECURE_PLAINTEXT; default: not).")
  boolean insecurePlaintext;

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      defaultValue = "${env:WEIR_EVENT_LOOPS}",
      description = "Threads that carry traffic (WEIR_EVENT_LOOPS; default: number of cores).")
  @Nullable Integer eventLoops;

  @Option(
      names = "--drain-time",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "${env:WEIR_DRAIN_TIME:-30s}",
      description =
          "How long requests under way may take at shutdown (WEIR_DRAIN_TIME; default: 30s).")
  Duration drainTime = Duration.ZERO;

  @Option(
      names = "--warm-up",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "${env:WEIR_WARM_UP:-500ms}",
      description =
          "How long to send requests through itself before serving others', so that none is slow"
              + " (WEIR_WARM_UP; default: 500ms; 0: not at all).")
  Duration warmUp = Duration.ZERO;

  @Option(
      names = "--allow-exec-probes",
      defaultValue = "${env:WEIR_ALLOW_EXEC_PROBES:-false}",
      description =
          "Let health checks run programs on this host, as this user (WEIR_ALLOW_EXEC_PROBES;"
              + " default: not; pools with such checks are refused).")
  boolean execProbes;

  /** For making a start-up cache: warms up and ends. */
  @Option(names = "--train", hidden = true)
  boolean train;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "${env:WEIR_LOG_LEVEL:-info}",
      description = "trace, debug, info, warn or error (WEIR_LOG_LEVEL; default: info).")
  LogLevel logLevel = LogLevel.INFO;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      defaultValue = "${env:WEIR_LOG_FORMAT:-text}",
      description = "Form of a line on stderr (WEIR_LOG_FORMAT; default: text).")
  LogFormat logFormat = LogFormat.TEXT;

  /** Checks what picocli does not; throws {@link ParameterException} with a sentence. */
  AgentConfig toConfig() {
    if (!cluster.matches(NAME_FORM)) {
      throw wrong("--cluster", cluster, "1 to 63 lower-case letters, digits and '-'");
    }
    int loops = eventLoops == null ? Runtime.getRuntime().availableProcessors() : eventLoops;
    if (loops < 1 || loops > MAX_EVENT_LOOPS) {
      throw wrong("--event-loops", String.valueOf(loops), "from 1 to " + MAX_EVENT_LOOPS);
    }
    if (warmUp.compareTo(MAX_WARM_UP) > 0) {
      throw wrong("--warm-up", warmUp.toString(), "at most a minute");
    }
    if (accessLog.isEmpty()) {
      throw wrong("--access-log", accessLog, "a file, '-' or 'off'");
    }
    Optional<TlsFiles> tls = tls();
    if (metricsTls != MetricsTls.OFF && tls.isEmpty()) {
      throw new ParameterException(
          commandLine(), "--metrics-tls takes --tls-cert, --tls-key and --tls-ca");
    }
    return new AgentConfig(
        cluster,
        checkedControllers(),
        checkedName(),
        checkedLabels(),
        checkedDataDir(),
        accessLog,
        accessLogFormat,
        addressOrOff("--metrics", metrics),
        metricsTls,
        addressOrOff("--gossip", gossip),
        loops,
        drainTime,
        warmUp,
        execProbes,
        token(),
        tls);
  }

  private Optional<TlsFiles> tls() {
    String certificate = tlsCertificate == null ? "" : tlsCertificate;
    String key = tlsKey == null ? "" : tlsKey;
    String authority = tlsAuthority == null ? "" : tlsAuthority;
    if (certificate.isEmpty() && key.isEmpty() && authority.isEmpty()) {
      if (!insecurePlaintext) {
        for (HostPort controller : checkedControllers()) {
          if (!isLoopback(controller.host())) {
            throw new ParameterException(
                commandLine(),
                "the controller at %s is on another host, where plaintext is not safe: give --tls-cert, --tls-key and --tls-ca, or --insecure-plaintext to take it all the same"
                    .formatted(controller));
          }
        }
      }
      return Optional.empty();
    }
    if (certificate.isEmpty() || key.isEmpty() || authority.isEmpty()) {
      throw new ParameterException(
          commandLine(), "--tls-cert, --tls-key and --tls-ca are of use together only");
    }
    return Optional.of(new TlsFiles(Path.of(certificate), Path.of(key), Path.of(authority)));
  }

  /** A name that does not resolve may later be anybody's. */
  private static boolean isLoopback(String host) {
    if (host.equals("localhost")) {
      return true;
    }
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException _) {
      return false;
    }
  }

  private CommandLine commandLine() {
    return spec == null ? new CommandLine(this) : spec.commandLine();
  }

  private Optional<JoinToken> token() {
    if (join == null || join.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(JoinFile.read(Path.of(join), cluster));
    } catch (IOException | InvalidPathException e) {
      CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
      throw new ParameterException(
          line, "--join: \"%s\" cannot be used: %s".formatted(join, e.getMessage()), e);
    }
  }

  private List<HostPort> checkedControllers() {
    List<HostPort> checked = new ArrayList<>();
    for (String controller : controllers) {
      checked.add(
          HostPort.parse(controller.strip())
              .filter(address -> address.port() > 0)
              .orElseThrow(() -> wrong("--controller", controller, "HOST:PORT")));
    }
    if (checked.isEmpty()) {
      throw wrong("--controller", "", "HOST:PORT");
    }
    return checked;
  }

  private String checkedName() {
    String chosen = name == null ? hostName() : name;
    if (!chosen.matches(NAME_FORM)) {
      throw wrong(
          "--name", chosen, "1 to 63 lower-case letters, digits and '-', first and last not '-'");
    }
    return chosen;
  }

  private Map<String, String> checkedLabels() {
    Map<String, String> checked = new LinkedHashMap<>();
    for (String label : labels == null ? List.<String>of() : labels) {
      int equals = label.indexOf('=');
      String key = equals < 0 ? "" : label.substring(0, equals);
      String value = label.substring(equals + 1);
      if (!key.matches(LABEL_FORM) || !value.matches(LABEL_FORM)) {
        throw wrong(
            "--label", label, "KEY=VALUE, each 1 to 63 letters, digits, '-', '_', '.' and '/'");
      }
      checked.put(key, value);
    }
    if (checked.size() > 64) {
      throw wrong("--label", checked.size() + " labels", "at most 64");
    }
    return checked;
  }

  private Optional<HostPort> addressOrOff(String option, String value) {
    if (value.equals("off")) {
      return Optional.empty();
    }
    Optional<HostPort> address = HostPort.parse(value);
    if (address.isEmpty()) {
      throw wrong(option, value, "HOST:PORT or 'off'");
    }
    return address;
  }

  private Path checkedDataDir() {
    try {
      return Path.of(dataDir == null ? defaultDataDir() : dataDir).toAbsolutePath().normalize();
    } catch (InvalidPathException _) {
      throw wrong("--data-dir", String.valueOf(dataDir), "a path");
    }
  }

  private static String defaultDataDir() {
    return System.getProperty("user.name", "").equals("root")
        ? "/var/lib/weir/agent"
        : System.getProperty("user.home", "") + "/.local/state/weir/agent";
  }

  /** In the form of a name, as far as that can be had. */
  private static String hostName() {
    String host;
    try {
      host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException _) {
      try {
        host = InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException _) {
        host = "localhost";
      }
    }
    String label = host.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    String name = label.substring(0, Math.min(63, label.length())).replaceAll("^-+|-+$", "");
    return name.isEmpty() ? "localhost" : name;
  }

  private ParameterException wrong(String option, String value, String right) {
    CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
    return new ParameterException(
        line, "%s: \"%s\" is not right; it must be %s".formatted(option, value, right));
  }
}
