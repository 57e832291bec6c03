package io.weir.controller;

import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import io.weir.controller.security.Limits;
import io.weir.controller.security.Protection;
import io.weir.controller.security.TlsFiles;
import io.weir.controller.store.EtcdAccess;
import io.weir.controller.store.EtcdAccess.ClientCertificate;
import io.weir.controller.store.EtcdAccess.Login;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code weir controller}; a wrong one is a usage error. */
final class ControllerOptions {
  private static final int MAX_HISTORY = 1_000_000;
  private static final String NAME_FORM = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,6})(ms|s|m)");
  private static final Duration LEAST_TTL = Duration.ofSeconds(2);
  private static final Duration MOST_TTL = Duration.ofMinutes(5);

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
      description = "Name that agents must name, too (WEIR_CLUSTER; default: default).")
  String cluster = "";

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:WEIR_LISTEN:-127.0.0.1:7400}",
      description =
          "Where agents and operators connect; port 0 is any free one (WEIR_LISTEN; default:"
              + " 127.0.0.1:7400).")
  String listen = "";

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:WEIR_ADVERTISE:-}",
      description =
          "Where other controllers of the cluster reach this one (WEIR_ADVERTISE; default: as"
              + " --listen, with this host's name for a wildcard).")
  String advertise = "";

  @Option(
      names = "--election-ttl",
      paramLabel = "DURATION",
      defaultValue = "${env:WEIR_ELECTION_TTL:-15s}",
      description =
          "With --etcd: how long a leader that is not heard of is waited for, 2s to 5m"
              + " (WEIR_ELECTION_TTL; default: 15s).")
  String electionTtl = "";

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "${env:WEIR_DATA_DIR}",
      description =
          "Where the embedded store keeps its file (WEIR_DATA_DIR; default:"
              + " /var/lib/weir/controller for root, else ~/.local/state/weir/controller).")
  @Nullable String dataDir;

  @Option(
      names = "--etcd",
      paramLabel = "URL",
      split = ",",
      defaultValue = "${env:WEIR_ETCD}",
      description =
          "Keep the configuration in this etcd cluster, not in the embedded store; URLs separated"
              + " by commas (WEIR_ETCD).")
  @Nullable List<String> etcd;

  @Option(
      names = "--etcd-ca",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_ETCD_CA}",
      description =
          "PEM file with the certificates that those of an https etcd are signed by (WEIR_ETCD_CA;"
              + " default: those that Java trusts).")
  @Nullable String etcdAuthority;

  @Option(
      names = "--etcd-cert",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_ETCD_CERT}",
      description = "PEM file with the certificate to show to an https etcd (WEIR_ETCD_CERT).")
  @Nullable String etcdCertificate;

  @Option(
      names = "--etcd-key",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_ETCD_KEY}",
      description =
          "PEM file with the key of that certificate, in PKCS#8 and not encrypted (WEIR_ETCD_KEY).")
  @Nullable String etcdKey;

  @Option(
      names = "--etcd-user",
      paramLabel = "NAME",
      defaultValue = "${env:WEIR_ETCD_USER}",
      description = "Who to be for an etcd that has users (WEIR_ETCD_USER).")
  @Nullable String etcdUser;

  @Option(
      names = "--etcd-password-file",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_ETCD_PASSWORD_FILE}",
      description = "File whose first line is that user's password (WEIR_ETCD_PASSWORD_FILE).")
  @Nullable String etcdPasswordFile;

  @Option(
      names = "--history",
      paramLabel = "N",
      defaultValue = "${env:WEIR_HISTORY:-1000}",
      description = "Commits kept for history and rollback (WEIR_HISTORY; default: 1000).")
  int history;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_TLS_CERT}",
      description =
          "PEM file with this controller's certificate; replaced files are taken up without a"
              + " restart (WEIR_TLS_CERT).")
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
          "PEM file with the certificates that those of agents, operators and other controllers are"
              + " signed by (WEIR_TLS_CA).")
  @Nullable String tlsAuthority;

  @Option(
      names = "--insecure-plaintext",
      defaultValue = "${env:WEIR_INSECURE_PLAINTEXT:-false}",
      description =
          "Serve plaintext on other addresses than loopback: anyone who can connect may change"
              + " everything (WEIR_INSECURE_PLAINTEXT; default: not).")
  boolean insecurePlaintext;

  @Option(
      names = "--audit-log",
      paramLabel = "FILE|off",
      defaultValue = "${env:WEIR_AUDIT_LOG}",
      description =
          "Where to keep who wrote what and who was refused, a JSON object a line (WEIR_AUDIT_LOG;"
              + " default: audit.log in --data-dir).")
  @Nullable String auditLog;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "${env:WEIR_MAX_CONNECTIONS:-20000}",
      description = "Connections taken at a time (WEIR_MAX_CONNECTIONS; default: 20000).")
  int maxConnections;

  @Option(
      names = "--max-connections-per-address",
      paramLabel = "N",
      defaultValue = "${env:WEIR_MAX_CONNECTIONS_PER_ADDRESS:-1000}",
      description =
          "Of them from one other address (WEIR_MAX_CONNECTIONS_PER_ADDRESS; default: 1000).")
  int maxConnectionsPerAddress;

  @Option(
      names = "--max-writes",
      paramLabel = "N",
      defaultValue = "${env:WEIR_MAX_WRITES:-50}",
      description =
          "Writes that one identity may make a second, four times as many at once (WEIR_MAX_WRITES;"
              + " default: 50).")
  int maxWrites;

  @Mixin final HookOptions hooks = new HookOptions();

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
  ControllerConfig toConfig() {
    if (!cluster.matches(NAME_FORM)) {
      throw wrong("--cluster", cluster, "1 to 63 lower-case letters, digits and '-'");
    }
    if (history < 1 || history > MAX_HISTORY) {
      throw wrong("--history", String.valueOf(history), "from 1 to " + MAX_HISTORY);
    }
    if (!advertise.isEmpty()) {
      var _ = address("--advertise", advertise);
    }
    return new ControllerConfig(
        cluster,
        address("--listen", listen),
        advertise,
        storage(),
        history,
        electionTtl(),
        protection(),
        hooks.settings(cluster, dataFolder()),
        hooks.externalMetrics(this::address));
  }

  private Protection protection() {
    Optional<Path> certificate = file(tlsCertificate);
    Optional<Path> key = file(tlsKey);
    Optional<Path> authority = file(tlsAuthority);
    boolean all = certificate.isPresent() && key.isPresent() && authority.isPresent();
    if (!all && (certificate.isPresent() || key.isPresent() || authority.isPresent())) {
      throw new ParameterException(
          commandLine(), "--tls-cert, --tls-key and --tls-ca are of use together only");
    }
    return new Protection(
        all
            ? Optional.of(new TlsFiles(certificate.get(), key.get(), authority.get()))
            : Optional.empty(),
        insecurePlaintext,
        "off".equals(auditLog)
            ? Optional.empty()
            : Optional.of(file(auditLog).orElseGet(() -> dataFolder().resolve("audit.log"))),
        new Limits(
            counted("--max-connections", maxConnections),
            counted("--max-connections-per-address", maxConnectionsPerAddress),
            counted("--max-writes", maxWrites)));
  }

  private int counted(String option, int value) {
    if (value < 1 || value > 1_000_000) {
      throw wrong(option, String.valueOf(value), "from 1 to 1000000");
    }
    return value;
  }

  private Path dataFolder() {
    return dataDir == null || dataDir.isEmpty() ? defaultDataDir() : Path.of(dataDir);
  }

  private Duration electionTtl() {
    Matcher form = DURATION.matcher(electionTtl);
    if (form.matches()) {
      long number = Long.parseLong(form.group(1));
      Duration ttl =
          switch (form.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            default -> Duration.ofMinutes(number);
          };
      if (ttl.compareTo(LEAST_TTL) >= 0 && ttl.compareTo(MOST_TTL) <= 0) {
        return ttl;
      }
    }
    throw wrong("--election-ttl", electionTtl, "from 2s to 5m");
  }

  private Listen address(String option, String listen) {
    int colon = listen.lastIndexOf(':');
    String port = listen.substring(colon + 1);
    String host = colon < 1 ? "" : listen.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      host = "";
    }
    if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
      throw wrong(option, listen, "host:port or [address]:port, the port 0 to 65535");
    }
    return new Listen(host, Integer.parseInt(port));
  }

  private Storage storage() {
    List<String> given = given(etcd);
    if (given.isEmpty()) {
      return new Storage.Embedded(dataFolder());
    }
    List<URI> endpoints = new ArrayList<>();
    for (String url : given) {
      try {
        URI uri = URI.create(url.strip());
        boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (!known || uri.getHost() == null || uri.getPort() < 1) {
          throw wrong("--etcd", url, "a URL with a port, as in http://10.0.0.1:2379");
        }
        endpoints.add(uri);
      } catch (IllegalArgumentException e) {
        throw wrong("--etcd", url, "a URL with a port, as in http://10.0.0.1:2379");
      }
    }
    return new Storage.Etcd(access(endpoints));
  }

  private EtcdAccess access(List<URI> endpoints) {
    boolean secure = "https".equals(endpoints.getFirst().getScheme());
    for (URI endpoint : endpoints) {
      if ("https".equals(endpoint.getScheme()) != secure) {
        throw wrong("--etcd", String.join(",", given(etcd)), "either all https or all http");
      }
    }
    Optional<Path> authority = file(etcdAuthority);
    Optional<Path> certificate = file(etcdCertificate);
    Optional<Path> key = file(etcdKey);
    if (!secure) {
      for (Optional<Path> unused : List.of(authority, certificate, key)) {
        unused.ifPresent(file -> {
          throw wrong(
              "--etcd",
              String.join(",", given(etcd)),
              "https for certificates to be of use, as " + file);
        });
      }
    }
    if (certificate.isPresent() != key.isPresent()) {
      throw together("--etcd-cert", "--etcd-key");
    }
    Optional<Path> password = file(etcdPasswordFile);
    boolean user = etcdUser != null && !etcdUser.isEmpty();
    if (user != password.isPresent()) {
      throw together("--etcd-user", "--etcd-password-file");
    }
    return new EtcdAccess(
        endpoints,
        authority,
        certificate.flatMap(chain -> key.map(k -> new ClientCertificate(chain, k))),
        password.map(file -> new Login(String.valueOf(etcdUser), file)));
  }

  private static List<String> given(@Nullable List<String> values) {
    return values == null ? List.of() : values.stream().filter(v -> !v.isBlank()).toList();
  }

  private static Optional<Path> file(@Nullable String name) {
    return name == null || name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name));
  }

  private ParameterException together(String one, String other) {
    return new ParameterException(
        commandLine(), "%s and %s are of use together only".formatted(one, other));
  }

  private static Path defaultDataDir() {
    return "root".equals(System.getProperty("user.name"))
        ? Path.of("/var/lib/weir/controller")
        : Path.of(System.getProperty("user.home"), ".local/state/weir/controller");
  }

  private ParameterException wrong(String option, String value, String right) {
    return new ParameterException(
        commandLine(), "%s \"%s\" must be %s".formatted(option, value, right));
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("options are made by picocli");
    }
    return spec.commandLine();
  }
}
