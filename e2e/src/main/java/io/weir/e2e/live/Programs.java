package io.weir.e2e.live;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How to start each program with the java of this JVM. Out of {@code target/dist} each gets its own
 * folder of jars; where this code runs from class folders (a test), each gets this JVM's class
 * path, so that what is tested is what was just compiled.
 *
 * @param home the folder that holds {@code deploy/} and {@code target/dist}
 * @param dist null when the class path of this JVM is to be used
 */
public record Programs(Path home, @Nullable Path dist) {
  private static final List<String> JVM =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xshare:auto",
          "-Xmx256m");

  private static final List<String> PROCESSES = List.of("controller", "agent", "cli");

  /** From the system property {@code weir.home}, else from where this class was loaded. */
  public static Programs locate() {
    String home = System.getProperty("weir.home");
    if (home != null) {
      Path path = Path.of(home).toAbsolutePath();
      return new Programs(path, path.resolve("target/dist"));
    }
    // HOME/target/dist/e2e/weir-e2e-VERSION.jar, or HOME/e2e/target/classes
    Path code = codeSource();
    Path third = ancestor(code, 3);
    return Files.isRegularFile(code)
        ? new Programs(ancestor(third, 1), ancestor(code, 2))
        : new Programs(third, null);
  }

  /**
   * The command that runs {@code program} tied to the life of this JVM (see {@link Tether}).
   *
   * @param tmp for its temporary files
   */
  List<String> command(Program program, Path tmp, List<String> args) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.add("-Djava.io.tmpdir=" + tmp);
    if (dist == null && program == Program.CTL) {
      // It has no logging of its own, and must not find that of the tests.
      command.add("-Dlogback.configurationFile=io/weir/e2e/logback-off.xml");
    }
    command.add("-cp");
    command.add(classPath(program));
    command.add(Tether.class.getName());
    command.add(program.mainClass);
    command.addAll(args);
    return List.copyOf(command);
  }

  private String classPath(Program program) {
    return dist == null
        ? Pattern.compile(File.pathSeparator, Pattern.LITERAL)
            .splitAsStream(System.getProperty("java.class.path"))
            .filter(entry -> belongsTo(program, Path.of(entry)))
            .collect(Collectors.joining(File.pathSeparator))
        : dist.resolve(program.folder) + File.separator + "*" + File.pathSeparator + codeSource();
  }

  /** Not so the classes of the other processes and of the tests. */
  private boolean belongsTo(Program program, Path entry) {
    if (program.folder.equals("e2e")) {
      return true;
    }
    return PROCESSES.stream()
            .filter(other -> !other.equals(program.folder))
            .noneMatch(other ->
                entry.startsWith(home.resolve(other))
                    || entry.startsWith(home.resolve("target/dist").resolve(other)))
        && !entry.startsWith(home.resolve("e2e/target/test-classes"));
  }

  private static Path codeSource() {
    try {
      return Path.of(Programs.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path ancestor(Path path, int levels) {
    Path result = path;
    for (int i = 0; i < levels; i++) {
      result = Objects.requireNonNull(result.getParent(), "weir.home is not set");
    }
    return result;
  }
}
