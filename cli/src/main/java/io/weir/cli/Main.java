package io.weir.cli;

import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Failures;
import io.weir.cli.command.ApplyCommand;
import io.weir.cli.command.AuditCommand;
import io.weir.cli.command.AvailabilityCommand;
import io.weir.cli.command.BarrierCommand;
import io.weir.cli.command.CompletionCommand;
import io.weir.cli.command.Console;
import io.weir.cli.command.ControllersCommand;
import io.weir.cli.command.DeleteCommand;
import io.weir.cli.command.DescribeCommand;
import io.weir.cli.command.DiffCommand;
import io.weir.cli.command.DrainCommand;
import io.weir.cli.command.EventsCommand;
import io.weir.cli.command.ExplainCommand;
import io.weir.cli.command.ExportCommand;
import io.weir.cli.command.FailoverCommand;
import io.weir.cli.command.ForceCommand;
import io.weir.cli.command.GetCommand;
import io.weir.cli.command.HistoryCommand;
import io.weir.cli.command.ImportCommand;
import io.weir.cli.command.JoinTokenCommand;
import io.weir.cli.command.MaintenanceCommand;
import io.weir.cli.command.RollbackCommand;
import io.weir.cli.command.RolloutCommand;
import io.weir.cli.command.SimulateCommand;
import io.weir.cli.command.StatusCommand;
import io.weir.cli.command.UndrainCommand;
import io.weir.cli.command.VersionCommand;
import io.weir.cli.command.WeightCommand;
import io.weir.cli.command.WeirCtl;
import io.weir.cli.yaml.Nearest;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code weir ctl}. */
public final class Main {
  private static final List<String> COMMANDS =
      List.of(
          "get",
          "describe",
          "status",
          "controllers",
          "apply",
          "diff",
          "delete",
          "barrier",
          "weight",
          "drain",
          "undrain",
          "maintenance",
          "force",
          "failover",
          "explain",
          "events",
          "availability",
          "history",
          "audit",
          "rollback",
          "rollout",
          "simulate",
          "export",
          "import",
          "join-token",
          "version",
          "completion");

  private Main() {}

  public static void main(String[] args) {
    PrintWriter out = writer(FileDescriptor.out);
    PrintWriter err = writer(FileDescriptor.err);
    Console console =
        new Console(System.in, out, err, colour(), InstantSource.system(), Main::bytes);
    int status = run(console, args);
    out.flush();
    err.flush();
    System.exit(status);
  }

  /** Runs one command line and returns its exit status. */
  public static int run(Console console, String... args) {
    WeirCtl ctl = new WeirCtl(console);
    CommandLine root = new CommandLine(ctl);
    for (String name : meant(List.of(args))) {
      root.addSubcommand(name, command(name, ctl));
    }
    root.setOut(console.out());
    root.setErr(console.err());
    root.setExecutionStrategy(Main::execute);
    root.setParameterExceptionHandler((e, given) -> misused(e));
    root.setExecutionExceptionHandler((e, command, parsed) -> failed(e, command, ctl));
    int status = root.execute(args);
    console.out().flush();
    return status;
  }

  /** Not a table of constructors: that would link every class in it. */
  private static Object command(String name, WeirCtl ctl) {
    return switch (name) {
      case "get" -> new GetCommand(ctl);
      case "describe" -> new DescribeCommand(ctl);
      case "status" -> new StatusCommand(ctl);
      case "controllers" -> new ControllersCommand(ctl);
      case "apply" -> new ApplyCommand(ctl);
      case "diff" -> new DiffCommand(ctl);
      case "delete" -> new DeleteCommand(ctl);
      case "barrier" -> new BarrierCommand(ctl);
      case "weight" -> new WeightCommand(ctl);
      case "drain" -> new DrainCommand(ctl);
      case "undrain" -> new UndrainCommand(ctl);
      case "maintenance" -> new MaintenanceCommand(ctl);
      case "force" -> new ForceCommand(ctl);
      case "failover" -> new FailoverCommand(ctl);
      case "explain" -> new ExplainCommand(ctl);
      case "events" -> new EventsCommand(ctl);
      case "availability" -> new AvailabilityCommand(ctl);
      case "history" -> new HistoryCommand(ctl);
      case "audit" -> new AuditCommand(ctl);
      case "rollback" -> new RollbackCommand(ctl);
      case "rollout" -> new RolloutCommand(ctl);
      case "simulate" -> new SimulateCommand(ctl);
      case "export" -> new ExportCommand(ctl);
      case "import" -> new ImportCommand(ctl);
      case "join-token" -> new JoinTokenCommand(ctl);
      case "version" -> new VersionCommand(ctl);
      case "completion" -> new CompletionCommand(ctl);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Looking at a command's options takes time, so only those are made that may be meant. */
  private static List<String> meant(List<String> args) {
    List<String> given = COMMANDS.stream().filter(args::contains).toList();
    return given.isEmpty() || given.contains("completion") ? COMMANDS : given;
  }

  private static int execute(ParseResult parsed) {
    Optional<Integer> help = Optional.ofNullable(CommandLine.executeHelpRequest(parsed));
    if (help.isPresent()) {
      return 0;
    }
    if (!parsed.hasSubcommand()) {
      CommandLine root = parsed.commandSpec().commandLine();
      root.usage(root.getOut());
      return 0;
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static int misused(ParameterException e) {
    CommandLine command = e.getCommandLine();
    boolean atRoot = command.getParent() == null;
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    if (atRoot
        && e instanceof UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()) {
      String name = unmatched.getUnmatched().getFirst();
      String hint =
          Nearest.to(name, COMMANDS).map(near -> "; did you mean \"" + near + "\"?").orElse("");
      message = "there is no command \"" + name + "\"" + hint;
    }
    command.getErr().println("error: " + message);
    command.getErr().println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  private static int failed(Exception e, CommandLine command, WeirCtl ctl) {
    CtlException why =
        e instanceof CtlException known
            ? known
            : Failures.explain(e, ctl.controller(), ctl.timeout());
    command.getOut().flush();
    why.lines().forEach(command.getErr()::println);
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), false);
  }

  private static Optional<OutputStream> bytes() {
    return isTerminal() ? Optional.empty() : Optional.of(new FileOutputStream(FileDescriptor.out));
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(java.io.Console::isTerminal).isPresent();
  }

  private static boolean colour() {
    String noColour = System.getenv("NO_COLOR");
    String term = System.getenv("TERM");
    boolean wanted =
        (noColour == null || noColour.isEmpty()) && term != null && !term.equals("dumb");
    return wanted && isTerminal();
  }
}
