package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a completion script. */
@Command(
    name = "completion",
    sortOptions = false,
    description = {
      "Writes a script that completes the commands of weir.",
      "",
      "bash: source <(weir ctl completion bash)",
      "zsh:  source <(weir ctl completion zsh)"
    })
public final class CompletionCommand implements Callable<Integer> {
  /** What the {@code weir} script has beside {@code ctl}. */
  private static final List<String> SIBLINGS =
      List.of(
          "demo",
          "controller",
          "agent",
          "origin",
          "version",
          "build",
          "test",
          "fmt",
          "bench",
          "fuzz",
          "dist",
          "help");

  private final WeirCtl ctl;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "bash|zsh",
      completionCandidates = Shells.class,
      description = "The shell.")
  private String shell = "";

  public CompletionCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    List<String> shells = new Shells();
    if (!shells.contains(shell)) {
      throw CtlException.error("expected bash or zsh, not \"" + shell + "\"");
    }
    CommandLine weir = new CommandLine(CommandSpec.create().name("weir"));
    SIBLINGS.forEach(name -> weir.addSubcommand(name, CommandSpec.create()));
    CommandLine root = spec.root().commandLine();
    weir.addSubcommand("ctl", root);
    ctl.out().print(AutoComplete.bash("weir", weir)); // a script that zsh understands as well
    return 0;
  }

  static final class Shells extends java.util.ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Shells() {
      super(List.of("bash", "zsh"));
    }
  }
}
