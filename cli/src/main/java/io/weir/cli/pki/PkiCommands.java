package io.weir.cli.pki;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code weir pki} and its commands. */
@Command(
    name = "weir pki",
    description =
        "Makes an authority and certificates, for development and small fleets; larger ones use"
            + " what they have, with the same names in the certificates.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    commandListHeading = "%nCommands:%n")
public final class PkiCommands {
  private PkiCommands() {}

  /** Ready to be executed; errors are one sentence on {@code err}, exit status 1. */
  public static CommandLine line(PrintWriter out, PrintWriter err, InstantSource clock) {
    CommandLine line = new CommandLine(new PkiCommands());
    line.addSubcommand("init", new Init(out, clock));
    line.addSubcommand("issue", new Issue(out, clock));
    line.addSubcommand("show", new Show(out, clock));
    line.setOut(out);
    line.setErr(err);
    line.setExecutionStrategy(parsed -> {
      Integer help = CommandLine.executeHelpRequest(parsed);
      if (help != null) {
        return help;
      }
      if (!parsed.hasSubcommand()) {
        line.usage(out);
        return 0;
      }
      return new CommandLine.RunLast().execute(parsed);
    });
    line.setParameterExceptionHandler((wrong, _) -> {
      err.println("error: " + wrong.getMessage());
      err.println("See '" + wrong.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
      return 1;
    });
    line.setExecutionExceptionHandler((e, _, _) -> {
      err.println("error: " + (e instanceof PkiException ? e.getMessage() : "a bug in weir: " + e));
      return 1;
    });
    return line;
  }

  @Command(
      name = "init",
      sortOptions = false,
      mixinStandardHelpOptions = true,
      description =
          "Makes the authority of a cluster: ca.pem, which all trust, and ca.key, a secret.")
  static final class Init implements Callable<Integer> {
    private final PrintWriter out;
    private final InstantSource clock;

    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Where to.")
    private Path dir = Path.of("");

    @Option(
        names = "--cluster",
        paramLabel = "NAME",
        defaultValue = "${env:WEIR_CLUSTER:-default}",
        description = "Of which cluster (WEIR_CLUSTER, default default).")
    private String cluster = "";

    @Option(
        names = "--for",
        paramLabel = "DURATION",
        defaultValue = "3650d",
        converter = Days.class,
        description = "How long it is valid (default 3650d).")
    private Duration validity = Duration.ZERO;

    @Option(names = "--force", description = "Replace one that is there.")
    private boolean force;

    Init(PrintWriter out, InstantSource clock) {
      this.out = out;
      this.clock = clock;
    }

    @Override
    public Integer call() {
      if (!Holder.isCluster(cluster)) {
        throw new PkiException(
            "--cluster must be 1 to 63 lower-case letters, digits and '-', not \"%s\""
                .formatted(cluster));
      }
      Authority authority = Authority.create(cluster, clock.instant(), validity);
      SecretFile.makeFolder(dir);
      SecretFile.write(dir.resolve(Authority.KEY), authority.secret(), force);
      SecretFile.write(dir.resolve(Authority.CERTIFICATE), authority.trust(), force);
      out.printf("authority of cluster %s in %s%n", cluster, dir.resolve(Authority.CERTIFICATE));
      out.flush();
      return 0;
    }
  }

  @Command(
      name = "issue",
      sortOptions = false,
      mixinStandardHelpOptions = true,
      description = {
        "Makes a certificate and its key: DIR/ROLE-NAME.pem and DIR/ROLE-NAME.key.",
        "",
        "An agent's NAME is what it is called in the cluster; a controller's hosts are what"
            + " agents,",
        "operators and other controllers reach it by."
      })
  static final class Issue implements Callable<Integer> {
    private final PrintWriter out;
    private final InstantSource clock;

    @Option(
        names = "--dir",
        required = true,
        paramLabel = "DIR",
        description = "Where the authority is, and the certificate goes.")
    private Path dir = Path.of("");

    @Parameters(
        index = "0",
        paramLabel = "ROLE",
        description = "admin, operator, viewer, agent or controller.")
    private String role = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "Whose it is.")
    private String name = "";

    @Option(
        names = "--host",
        paramLabel = "HOST",
        split = ",",
        description =
            "Address or name that it is reached by; repeatable (a controller's: default localhost,"
                + " 127.0.0.1 and ::1; an agent's: for --metrics-tls, default none).")
    private @Nullable List<String> hosts;

    @Option(
        names = "--for",
        paramLabel = "DURATION",
        defaultValue = "90d",
        converter = Days.class,
        description = "How long it is valid, as in 90d or 12h (default 90d).")
    private Duration validity = Duration.ZERO;

    @Option(names = "--force", description = "Replace one that is there.")
    private boolean force;

    Issue(PrintWriter out, InstantSource clock) {
      this.out = out;
      this.clock = clock;
    }

    @Override
    public Integer call() {
      Role known =
          Role.of(role)
              .orElseThrow(() ->
                  new PkiException(
                      "ROLE must be admin, operator, viewer, agent or controller, not \"%s\""
                          .formatted(role)));
      if (!Holder.isName(known, name)) {
        throw new PkiException(
            "NAME must be 1 to 63 %s, first and last not '-', not \"%s\""
                .formatted(
                    known == Role.AGENT || known == Role.CONTROLLER
                        ? "lower-case letters, digits and '-'"
                        : "letters, digits, '.', '_', '@' and '-'",
                    name));
      }
      Authority authority = Authority.read(dir);
      Instant now = clock.instant();
      Instant end = authority.certificate().getNotAfter().toInstant();
      Instant until = now.plus(validity);
      if (until.isAfter(end)) {
        throw new PkiException(
            "the authority is valid until %s only; make the certificate for less with --for"
                .formatted(end));
      }
      Authority.Issued issued = authority.issue(known, name, reachedBy(known), now, until);
      Path certificate = dir.resolve(role + "-" + name + ".pem");
      Path key = dir.resolve(role + "-" + name + ".key");
      SecretFile.write(key, issued.key(), force);
      SecretFile.write(certificate, issued.certificate(), force);
      out.printf(
          "%s with %s, valid until %s%n",
          certificate, new Holder(authority.cluster(), known, name).uri(), until);
      out.flush();
      return 0;
    }

    private List<String> reachedBy(Role role) {
      if (!role.serves() && role != Role.AGENT && hosts != null) {
        throw new PkiException(
            "--host is of use for controllers and agents only: nobody connects to others");
      }
      if (!role.serves() && hosts == null) {
        return List.of();
      }
      List<String> all = hosts == null ? List.of("localhost", "127.0.0.1", "::1") : hosts;
      for (String host : all) {
        if (!Hosts.isHost(host)) {
          throw new PkiException(
              "--host must be an address or a name, without a port, not \"%s\"".formatted(host));
        }
      }
      return all;
    }
  }

  @Command(
      name = "show",
      sortOptions = false,
      mixinStandardHelpOptions = true,
      description = "Tells who a certificate says one is, and until when.")
  static final class Show implements Callable<Integer> {
    private final PrintWriter out;
    private final InstantSource clock;

    @Parameters(index = "0", paramLabel = "FILE", description = "A certificate in PEM.")
    private Path file = Path.of("");

    Show(PrintWriter out, InstantSource clock) {
      this.out = out;
      this.clock = clock;
    }

    @Override
    public Integer call() {
      Shown.of(file, clock.instant()).forEach(out::println);
      out.flush();
      return 0;
    }
  }

  static final class Days implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,6})([smhd])");
    private static final Duration MOST = Duration.ofDays(36_500);

    @Override
    public Duration convert(String text) {
      Matcher form = FORM.matcher(text);
      if (form.matches()) {
        long number = Long.parseLong(form.group(1));
        Duration duration =
            switch (form.group(2)) {
              case "s" -> Duration.ofSeconds(number);
              case "m" -> Duration.ofMinutes(number);
              case "h" -> Duration.ofHours(number);
              default -> Duration.ofDays(number);
            };
        if (duration.compareTo(MOST) <= 0) {
          return duration;
        }
      }
      throw new TypeConversionException(
          "expected a duration such as 90d or 12h, not \"" + text + "\"");
    }
  }
}
