package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import io.weir.cli.yaml.Declared;
import io.weir.cli.yaml.Problem;
import io.weir.cli.yaml.ResourceReader;
import io.weir.cli.yaml.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads what {@code -f} names: files, folders (their YAML and JSON files, sorted) and "-". */
final class Inputs {
  /** After which they are only counted. */
  private static final int SHOWN_PROBLEMS = 100;

  private static final Path STDIN = Path.of("-");

  private final boolean recursive;
  private long bytesLeft = ResourceReader.MAX_BYTES;

  private Inputs(boolean recursive) {
    this.recursive = recursive;
  }

  /** Everything they declare; any problem in any of them ends the command. */
  static List<Declared> read(List<Path> paths, boolean recursive, InputStream stdin) {
    Inputs inputs = new Inputs(recursive);
    ResourceReader reader = new ResourceReader();
    for (Path path : paths) {
      if (path.equals(STDIN)) {
        reader.read(inputs.source("stdin", stdin));
        continue;
      }
      for (Path file : inputs.files(path)) {
        reader.read(inputs.file(file));
      }
    }
    List<Problem> problems = reader.problems();
    if (!problems.isEmpty()) {
      List<String> lines = problems.stream().limit(SHOWN_PROBLEMS).map(Problem::toString).toList();
      throw CtlException.error(
          lines,
          (problems.size() == 1 ? "1 problem" : problems.size() + " problems")
              + (problems.size() > SHOWN_PROBLEMS ? " (" + SHOWN_PROBLEMS + " shown)" : "")
              + " in the input; nothing was sent to the controller");
    }
    if (reader.resources().isEmpty()) {
      throw CtlException.error(
          "there is no resource in "
              + paths.stream().map(Path::toString).collect(Collectors.joining(", ")));
    }
    return reader.resources();
  }

  private List<Path> files(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> found = Files.walk(path, recursive ? Integer.MAX_VALUE : 1)) {
      List<Path> files =
          new ArrayList<>(
              found
                  .filter(file -> hasResources(file.getFileName().toString()))
                  .filter(Files::isRegularFile)
                  .sorted()
                  .toList());
      if (files.isEmpty()) {
        throw CtlException.error(
            "there is no *.yaml, *.yml or *.json file in "
                + path
                + (recursive ? "" : "; -R looks into its folders too"));
      }
      return files;
    } catch (IOException | java.io.UncheckedIOException e) {
      throw CtlException.error("cannot read the folder " + path + ": " + e.getMessage());
    }
  }

  private static boolean hasResources(String fileName) {
    String lower = fileName.toLowerCase(Locale.ROOT);
    return lower.endsWith(".yaml") || lower.endsWith(".yml") || lower.endsWith(".json");
  }

  private Source file(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return source(file.toString(), in);
    } catch (NoSuchFileException e) {
      throw CtlException.error("there is no file " + file);
    } catch (AccessDeniedException e) {
      throw CtlException.error("no permission to read " + file);
    } catch (IOException e) {
      throw CtlException.error("cannot read " + file + ": " + e.getMessage());
    }
  }

  private Source source(String name, InputStream in) {
    try {
      byte[] bytes = in.readNBytes((int) bytesLeft + 1);
      if (bytes.length > bytesLeft) {
        throw CtlException.error(
            name
                + ": the input is larger than "
                + (ResourceReader.MAX_BYTES >> 20)
                + " MiB in all; apply it in parts");
      }
      bytesLeft -= bytes.length;
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return new Source(name, text.startsWith("\ufeff") ? text.substring(1) : text);
    } catch (CharacterCodingException e) {
      throw CtlException.error(name + " is not UTF-8 text");
    } catch (IOException e) {
      throw CtlException.error("cannot read " + name + ": " + e.getMessage());
    }
  }
}
