package io.weir.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class NicenessTest {
  /** After the name in /proc/PID/stat, from 0. */
  private static final int NICE = 16;

  /** A JVM of its own, so that the tests that follow are as fast as before. */
  public static void main(String[] args) throws IOException {
    Niceness.lowerCompilers();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        String stat = Files.readString(thread.resolve("stat"));
        String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        String[] rest = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        System.out.println(name + ": " + rest[NICE]);
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void compilersGiveWayAndNothingElseDoes() throws IOException, InterruptedException {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                NicenessTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(jvm.waitFor()).as(said).isZero();
    List<String> threads = said.lines().toList();
    assertThat(threads).anyMatch(line -> line.matches("C2 Compiler.*: 5"));
    assertThat(threads.stream().filter(line -> line.endsWith(": 5")).toList())
        .allMatch(line -> line.matches("C[12] Compiler.*"));
  }
}
