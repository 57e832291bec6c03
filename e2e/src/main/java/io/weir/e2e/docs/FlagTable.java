package io.weir.e2e.docs;

import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Every flag of {@code weir controller}, {@code weir agent} and {@code weir ctl} with its
 * environment variable and default, as Markdown, from the options as picocli knows them. The main
 * method writes it into {@code README.md} between the lines {@link #BEGIN} and {@link #END}.
 */
public final class FlagTable {
  static final String BEGIN = "<!-- flags:begin -->";
  static final String END = "<!-- flags:end -->";

  private static final Map<String, String> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("weir controller", "io.weir.controller.ControllerMain");
    COMMANDS.put("weir agent", "io.weir.agent.AgentMain");
    COMMANDS.put("weir ctl", "io.weir.cli.command.WeirCtl");
  }

  /**
   * How a description ends: "(WEIR_NAME; default: 127.0.0.1:7400).", the default being optional.
   */
  private static final Pattern ORIGIN =
      Pattern.compile("\\s*\\((WEIR_[A-Z_]+)(?:[;:,]\\s*(?:default:?\\s*)?(.*))?\\)\\.?$");

  private FlagTable() {}

  /** Rewrites README.md of the checkout. */
  public static void main(String[] args) throws IOException {
    Path readme = Programs.locate().home().resolve("README.md");
    Files.writeString(readme, refreshed(Files.readString(readme)));
    System.out.println("wrote the flags into " + readme);
  }

  /**
   * {@code readme} with the table as it should be.
   *
   * @throws IllegalArgumentException when it lacks the two marker lines
   */
  static String refreshed(String readme) {
    int begin = readme.indexOf(BEGIN);
    int end = readme.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("README.md needs a line " + BEGIN + " and a line " + END);
    }
    return readme.substring(0, begin + BEGIN.length()) + "\n" + markdown() + readme.substring(end);
  }

  /** The tables, one for each command. */
  static String markdown() {
    var text = new StringBuilder();
    COMMANDS.forEach((command, type) -> {
      text.append("\n**").append(command).append("**\n\n");
      text.append("| flag | environment | default | meaning |\n|---|---|---|---|\n");
      options(type).stream()
          .filter(option -> !option.usageHelp() && !option.versionHelp() && !option.hidden())
          .map(FlagTable::row)
          .forEach(text::append);
    });
    return text.append('\n').toString();
  }

  private static String row(OptionSpec option) {
    String description = String.join(" ", option.description());
    Matcher matcher = ORIGIN.matcher(description);
    MatchResult origin = matcher.find() ? matcher.toMatchResult() : null;
    var cells = new ArrayList<String>();
    cells.add("`" + option.longestName() + label(option) + "`");
    cells.add(origin == null ? "" : "`" + origin.group(1) + "`");
    cells.add(origin == null || origin.group(2) == null ? "" : origin.group(2));
    cells.add(origin == null ? description : description.substring(0, origin.start()));
    return "| " + String.join(" | ", cells.stream().map(FlagTable::cell).toList()) + " |\n";
  }

  private static String label(OptionSpec option) {
    return option.arity().max() == 0 ? "" : " " + option.paramLabel();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  /** By reflection, as what has these options is no part of what a process offers to others. */
  private static List<OptionSpec> options(String type) {
    try {
      Constructor<?> constructor = Class.forName(type).getDeclaredConstructors()[0];
      constructor.setAccessible(true);
      Object command = constructor.newInstance(new Object[constructor.getParameterCount()]);
      return new CommandLine(command).getCommandSpec().options();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read the options of " + type, e);
    }
  }
}
