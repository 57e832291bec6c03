package io.weir.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;

/**
 * A program of a distribution: this machine's, or one in a folder that chroot(1) makes the root.
 *
 * @param binary its path, as the process itself sees it
 * @param root empty for the machine's own
 */
record Installed(Software software, Path binary, Optional<Path> root) implements Contender {
  private static final List<String> FOLDERS =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/opt/bin");

  /** Where it is installed, or empty. */
  static Optional<Installed> find(Software software, Optional<Path> root) {
    return FOLDERS.stream()
        .map(folder -> Path.of(folder, software.binary()))
        .filter(binary -> Files.isExecutable(outside(binary, root)))
        .findFirst()
        .map(binary -> new Installed(software, binary, root));
  }

  @Override
  public String name() {
    return software.name();
  }

  @Override
  public String described() {
    var command = new ArrayList<>(chroot());
    command.add(binary.toString());
    command.addAll(software.versionArgs());
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher version = software.version().matcher(said);
      return version.find() ? name() + " " + version.group(1) : name();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Running start(Assignment assignment) {
    Path folder =
        root.map(other -> Folders.temporary(other.resolve("tmp"))).orElse(assignment.folder());
    Path seen = inside(folder);
    Map<String, String> values = assignment.values(seen);
    values.put("stream", streamModule());
    software.templates().forEach(template -> template.write(folder, values, assignment.tags()));
    var command = new ArrayList<>(assignment.layout().pinnedProxy());
    command.addAll(chroot());
    command.add(binary.toString());
    software.args().forEach(arg -> command.add(Template.filled(arg, values, Set.of()).strip()));
    // Some want to write below the home of their user.
    Map<String, String> environment = Map.of("HOME", seen.toString());
    Launched process = Launched.start(name(), assignment.folder(), command, environment);
    Running.Closing also = root.isPresent() ? () -> Folders.delete(folder) : () -> {};
    var running = new Running(name(), process, assignment.listen(), folder, also);
    try {
      process.awaitListening(assignment.listen());
    } catch (RuntimeException e) {
      running.close();
      throw e;
    }
    return running;
  }

  private List<String> chroot() {
    return root.map(folder -> List.of("chroot", folder.toString())).orElse(List.of());
  }

  /** Distributions build it as a module. */
  private String streamModule() {
    Path module = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");
    return Files.exists(outside(module, root)) ? "load_module " + module + ";" : "";
  }

  private Path inside(Path path) {
    return root.map(folder -> Path.of("/").resolve(folder.relativize(path))).orElse(path);
  }

  private static Path outside(Path path, Optional<Path> root) {
    return root.map(folder -> folder.resolve(Path.of("/").relativize(path))).orElse(path);
  }
}
