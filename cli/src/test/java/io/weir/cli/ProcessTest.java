package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only shows in a process of its own. */
final class ProcessTest {
  private record Ended(int status, String output) {}

  private static Ended run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  @Test
  void version_needs_neither_grpc_nor_protobuf_nor_yaml() throws Exception {
    String lean =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> entry.contains("picocli") || entry.endsWith("classes"))
            .filter(entry -> !entry.contains("proto"))
            .collect(Collectors.joining(File.pathSeparator));
    assertThat(run(List.of(java(), "-cp", lean, "io.weir.cli.Main", "version")))
        .isEqualTo(new Ended(0, "weir dev\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "weir ct                    | ctl",
        "weir ctl un                | undrain",
        "weir ctl get po            | pools pool",
        "weir ctl get pools -o j    | json",
        "weir ctl apply --dry       | --dry-run",
        "weir ctl completion z      | zsh",
        "weir ctl --timeout 1s stat | status",
      })
  void bash_completes(String typed, String candidates, @TempDir Path folder) throws Exception {
    Path script = folder.resolve("weir.bash");
    Files.writeString(script, Ctl.plain("", "completion", "bash").out());
    // compopt works only while bash itself completes.
    String driver =
        """
        compopt() { :; }
        source %s
        COMP_LINE='%s'; COMP_WORDS=($COMP_LINE)
        COMP_CWORD=$((${#COMP_WORDS[@]}-1)); COMP_POINT=${#COMP_LINE}
        _complete_weir
        echo "${COMPREPLY[@]}"
        """
            .formatted(script, typed);
    assertThat(run(List.of("bash", "-c", driver))).isEqualTo(new Ended(0, candidates + "\n"));
  }
}
