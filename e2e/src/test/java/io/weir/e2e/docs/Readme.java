package io.weir.e2e.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a test can run of a Markdown text.
 *
 * <ul>
 *   <li>Blocks tagged {@code sh} hold commands, one a line (a line that ends in a backslash goes
 *       on). They are run in order by one bash, in one folder of their own, with {@code weir} on
 *       the PATH and {@code ./weir} and {@code deploy} beside them. Each is tried again for a while
 *       until it succeeds, as a person would who was too quick.
 *   <li>{@code command &} goes to the background and is ended after the last command.
 *   <li>{@code #> text} after a command: its output has to contain the text.
 *   <li>{@code # not run: why} at the end of a command: it is shown to people only.
 *   <li>Other lines that begin with {@code #} are comments.
 *   <li>A block tagged {@code yaml name.yaml} becomes that file.
 *   <li>{@code bash}, {@code shell} and {@code console} are not used, and no other block holds a
 *       {@code weir} command, so that none escapes; except for {@code ./weir demo} and {@code
 *       ./weir test}, which have tests of their own.
 * </ul>
 */
record Readme(List<Step> steps, List<String> mistakes) {
  /** In the order of the text. */
  sealed interface Step {
    /** A file to write. */
    record File(String name, String text) implements Step {}

    /** A command to run, and what its output has to contain. */
    record Command(String line, List<String> expected) implements Step {}
  }

  private static final List<String> ESCAPES = List.of("bash", "shell", "console", "shell-session");
  private static final Pattern COMMAND = Pattern.compile("^(\\$ |(\\./)?weir )(?!(demo|test)\\b)");
  private static final String NOT_RUN = "# not run: ";
  private static final String EXPECTED = "#>";

  Readme {
    steps = List.copyOf(steps);
    mistakes = List.copyOf(mistakes);
  }

  static Readme parse(String markdown) {
    var steps = new ArrayList<Step>();
    var mistakes = new ArrayList<String>();
    List<String> lines = markdown.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).strip().startsWith("```")) {
        continue;
      }
      String tag = lines.get(i).strip().substring(3).strip();
      int end = i + 1;
      while (end < lines.size() && !lines.get(end).strip().equals("```")) {
        end++;
      }
      List<String> block = lines.subList(i + 1, end);
      switch (tag) {
        case "sh" -> steps.addAll(commands(block));
        case String yaml when yaml.matches("yaml [\\w.-]+") ->
            steps.add(
                new Step.File(yaml.substring("yaml ".length()), String.join("\n", block) + "\n"));
        case String other when ESCAPES.contains(other) ->
            mistakes.add(
                "line %d: a block of commands is tagged `sh`, not `%s`".formatted(i + 1, other));
        default ->
            block.stream()
                .filter(line -> COMMAND.matcher(line).find())
                .forEach(
                    line -> mistakes.add("no test runs, as its block is not tagged `sh`: " + line));
      }
      i = end;
    }
    return new Readme(steps, mistakes);
  }

  private static List<Step> commands(List<String> block) {
    var steps = new ArrayList<Step>();
    var line = new StringBuilder();
    for (String part : block) {
      if (part.startsWith(EXPECTED) && !steps.isEmpty()) {
        var last = (Step.Command) steps.removeLast();
        var expected = new ArrayList<>(last.expected());
        expected.add(part.substring(EXPECTED.length()).strip());
        steps.add(new Step.Command(last.line(), List.copyOf(expected)));
      } else if (part.endsWith("\\")) {
        line.append(part, 0, part.length() - 1);
      } else {
        line.append(part);
        String command = line.toString().strip();
        line.setLength(0);
        if (!command.isEmpty() && !command.startsWith("#") && !command.contains(NOT_RUN)) {
          steps.add(new Step.Command(command, List.of()));
        }
      }
    }
    return steps;
  }
}
