package io.weir.cli.command;

import io.weir.cli.admin.Controllers;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Destination;
import io.weir.cli.admin.HostPort;
import io.weir.cli.admin.TlsFiles;
import io.weir.cli.yaml.Durations;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** The options that every command has, and the console they all share. */
@Command(
    name = "weir ctl",
    description = "Declares what a fleet of load balancers is to do, and shows what it does.",
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "KIND is pool, listener, route or agent (also pools, po, li, ro, ag).",
      "Try 'weir ctl COMMAND --help'."
    })
public final class WeirCtl {
  private static final int AUTHOR_LIMIT = 256;

  private final Console console;

  @Option(
      names = "--controller",
      scope = ScopeType.INHERIT,
      paramLabel = "HOST:PORT",
      defaultValue = "${env:WEIR_CONTROLLER:-127.0.0.1:7400}",
      description =
          "Controller to talk to; of several, separated by commas, the first that is there"
              + " (WEIR_CONTROLLER, default 127.0.0.1:7400).")
  private String controller = "";

  @Option(
      names = "--timeout",
      scope = ScopeType.INHERIT,
      paramLabel = "DURATION",
      defaultValue = "${env:WEIR_TIMEOUT:-10s}",
      converter = DurationOption.class,
      description = "How long to wait for each answer (WEIR_TIMEOUT, default 10s).")
  private Duration timeout = Duration.ofSeconds(10);

  @Option(
      names = "--author",
      scope = ScopeType.INHERIT,
      paramLabel = "NAME",
      defaultValue = "${env:WEIR_AUTHOR:-}",
      description = "Who makes a change, for the history (WEIR_AUTHOR, default user@host).")
  private String author = "";

  @Option(
      names = "--tls-cert",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_TLS_CERT:-}",
      description = "PEM file with the certificate that says who one is (WEIR_TLS_CERT).")
  private String tlsCertificate = "";

  @Option(
      names = "--tls-key",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_TLS_KEY:-}",
      description = "PEM file with its key, in PKCS#8 and not encrypted (WEIR_TLS_KEY).")
  private String tlsKey = "";

  @Option(
      names = "--tls-ca",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_TLS_CA:-}",
      description =
          "PEM file with the certificates that the controller's is signed by (WEIR_TLS_CA).")
  private String tlsAuthority = "";

  @Option(
      names = "--insecure-plaintext",
      scope = ScopeType.INHERIT,
      defaultValue = "${env:WEIR_INSECURE_PLAINTEXT:-false}",
      description =
          "Talk to a controller on another host without TLS (WEIR_INSECURE_PLAINTEXT; default:"
              + " not).")
  private boolean insecurePlaintext;

  @Option(
      names = {"-h", "--help"},
      scope = ScopeType.INHERIT,
      usageHelp = true,
      description = "Shows this.")
  @SuppressWarnings("UnusedVariable") // picocli looks at it
  private boolean help;

  public WeirCtl(Console console) {
    this.console = console;
  }

  Console console() {
    return console;
  }

  PrintWriter out() {
    return console.out();
  }

  Instant now() {
    return console.clock().instant();
  }

  /** The first controller that can be reached, if several are given. */
  Destination address() {
    Controllers controllers =
        Controllers.parse(controller)
            .orElseThrow(() ->
                CtlException.error(
                    "--controller (WEIR_CONTROLLER) must be HOST:PORT, as in 127.0.0.1:7400, not \""
                        + controller
                        + "\""));
    Optional<TlsFiles> tls = TlsFiles.of(tlsCertificate, tlsKey, tlsAuthority);
    return at(controllers.reachable(timeout), tls);
  }

  /**
   * Another controller of the same cluster, reached as the first one is.
   *
   * @throws CtlException when that would not be safe
   */
  Destination other(HostPort address) {
    return at(address, TlsFiles.of(tlsCertificate, tlsKey, tlsAuthority));
  }

  private Destination at(HostPort address, Optional<TlsFiles> tls) {
    if (tls.isEmpty() && !insecurePlaintext && !address.isLoopback()) {
      throw CtlException.error(
          "the controller at "
              + address
              + " is on another host, where plaintext is not safe: give --tls-cert, --tls-key and"
              + " --tls-ca, or --insecure-plaintext to do so all the same");
    }
    if (tls.isEmpty() && !address.isLoopback()) {
      console
          .err()
          .println("warning: plaintext to " + address + ", for everybody to read and change");
    }
    return new Destination(address, tls);
  }

  /** As given. */
  public String controller() {
    return controller;
  }

  public Duration timeout() {
    return timeout;
  }

  String author() {
    String name = author.isEmpty() ? System.getProperty("user.name", "?") + "@" + host() : author;
    return name.length() <= AUTHOR_LIMIT ? name : name.substring(0, AUTHOR_LIMIT);
  }

  private static String host() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip(); // no name service
    } catch (IOException e) {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (IOException unknown) {
        return "localhost";
      }
    }
  }

  static final class DurationOption implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return Durations.parse(text)
          .filter(Duration::isPositive)
          .orElseThrow(() ->
              new TypeConversionException(
                  "expected a duration such as 500ms or 10s, not \"" + text + "\""));
    }
  }
}
