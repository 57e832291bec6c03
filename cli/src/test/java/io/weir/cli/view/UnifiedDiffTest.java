package io.weir.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replay with {@code -Dweir.seed=N}. */
final class UnifiedDiffTest {
  private final long seed = Long.getLong("weir.seed", System.nanoTime());

  private static String lines(int from, int to) {
    return IntStream.range(from, to).mapToObj("%d\n"::formatted).collect(Collectors.joining());
  }

  @Test
  void changes_far_apart_get_a_hunk_each() {
    String old = lines(0, 30);
    String changed = old.replace("\n4\n", "\nfour\n").replace("\n20\n", "\n");
    assertThat(UnifiedDiff.of("a", old, "b", changed, Paint.PLAIN))
        .isEqualTo(
            """
            --- a
            +++ b
            @@ -2,7 +2,7 @@
             1
             2
             3
            -4
            +four
             5
             6
             7
            @@ -18,7 +18,6 @@
             17
             18
             19
            -20
             21
             22
             23
            """);
  }

  @Test
  void a_huge_change_replaces_the_whole() {
    String diff = UnifiedDiff.of("a", lines(0, 5_000), "b", lines(10_000, 15_000), Paint.PLAIN);
    assertThat(diff.lines()).hasSize(10_003);
  }

  @Test
  void patch_makes_the_new_text_of_the_old(@TempDir Path folder)
      throws IOException, InterruptedException {
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      String old = randomLines(random);
      String changed = randomLines(random);
      Path file = Files.writeString(folder.resolve("text"), old);
      Path patch =
          Files.writeString(
              folder.resolve("patch"), UnifiedDiff.of("text", old, "text", changed, Paint.PLAIN));
      Process process =
          new ProcessBuilder("patch", "-s", file.toString(), patch.toString())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as("seed %d: %s", seed, said).isZero();
      String patched = Files.exists(file) ? Files.readString(file) : "";
      assertThat(patched).as("seed %d", seed).isEqualTo(changed);
    }
  }

  private static String randomLines(Random random) {
    return random
        .ints(random.nextInt(30), 0, 5)
        .mapToObj("%d\n"::formatted)
        .collect(Collectors.joining());
  }
}
