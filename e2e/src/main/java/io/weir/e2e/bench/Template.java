package io.weir.e2e.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A configuration file among this package's resources. {@code @name@} stands for a value; a line
 * that begins with {@code @tag@} is there only if the tag is set, and all other lines always.
 */
record Template(String resource) {
  /** All that begins a line somewhere. */
  static final Set<String> TAGS = Set.of("root", "log=on", "log=off", "buffers=large");

  private static final Pattern TAG = Pattern.compile("@(root|log=on|log=off|buffers=large)@(.*)");
  private static final Pattern VALUE = Pattern.compile("@([a-z0-9_]+)@");

  /** The file as it is. */
  String text() {
    try (InputStream in = Template.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("there is no " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @throws IllegalArgumentException when a value is missing
   */
  String filled(Map<String, String> values, Set<String> tags) {
    return filled(text(), values, tags);
  }

  static String filled(String text, Map<String, String> values, Set<String> tags) {
    return text.lines()
        .flatMap(line -> {
          Matcher tag = TAG.matcher(line);
          return !tag.matches()
              ? Set.of(line).stream()
              : tags.contains(tag.group(1))
                  ? Set.of(tag.group(2)).stream()
                  : Set.<String>of().stream();
        })
        .map(line -> VALUE.matcher(line).replaceAll(match -> value(match, values)))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** Fills the file in and puts it into a folder under its own name. */
  Path write(Path folder, Map<String, String> values, Set<String> tags) {
    try {
      Path name = Objects.requireNonNull(Path.of(resource).getFileName());
      return Files.writeString(folder.resolve(name), filled(values, tags));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String value(MatchResult match, Map<String, String> values) {
    String value = values.get(match.group(1));
    if (value == null) {
      throw new IllegalArgumentException("no value for " + match.group());
    }
    return Matcher.quoteReplacement(value);
  }
}
