package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of commands that can wait until agents run what they wrote. */
final class WaitOptions {
  @Option(
      names = "--wait",
      arity = "0..1",
      paramLabel = "all|N%",
      preprocessor = Attached.class,
      converter = Share.class,
      description = "Return once all connected agents, or N%% of them, run it.")
  private @Nullable Integer percent;

  @Option(
      names = "--wait-timeout",
      paramLabel = "DURATION",
      defaultValue = "60s",
      converter = WeirCtl.DurationOption.class,
      description = "How long to wait for agents (default 60s).")
  private Duration timeout = Duration.ofSeconds(60);

  boolean wanted() {
    return percent != null;
  }

  /**
   * When it is wanted, until agents run revision {@code revision}, that of the write, or until the
   * rollout is over.
   *
   * @param rollout by which the change goes out; 0: it is declared
   * @return the command's exit status
   */
  int await(WeirCtl ctl, Connection connection, long revision, long rollout) {
    if (rollout == 0) {
      await(ctl, connection, revision);
      return 0;
    }
    return percent == null || new Following(ctl, rollout).toTheEnd() ? 0 : 1;
  }

  /** When it is wanted; {@code revision} is that of the write. */
  void await(WeirCtl ctl, Connection connection, long revision) {
    if (percent != null) {
      new Waiting(ctl, connection, timeout).await(revision, percent);
    }
  }

  /** Whether {@code --wait=50%} or {@code --wait} alone, it takes no word that stands apart. */
  static final class Attached implements IParameterPreprocessor {
    @Override
    public boolean preprocess(
        Stack<String> args, CommandSpec command, ArgSpec arg, Map<String, Object> info) {
      if (!"=".equals(info.get("separator"))) {
        args.push(Share.ALL);
      }
      return false;
    }
  }

  /** As a percentage, 1 to 100. */
  static final class Share implements ITypeConverter<Integer> {
    static final String ALL = "all";

    @Override
    public Integer convert(String text) {
      if (text.equals(ALL)) {
        return 100;
      }
      if (text.matches("[0-9]{1,3}%")) {
        int percent = Integer.parseInt(text.substring(0, text.length() - 1));
        if (percent >= 1 && percent <= 100) {
          return percent;
        }
      }
      throw new TypeConversionException("expected all or 1% to 100%, not \"" + text + "\"");
    }
  }
}
