package io.weir.e2e.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.docs.Readme.Step;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every command in README.md runs; {@link Readme} says how they are marked. */
final class ReadmeTest {
  private static final Path HOME = Programs.locate().home();

  @TempDir Path work = Path.of("");

  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void every_command_in_the_readme_runs() throws IOException, InterruptedException {
    Readme readme = Readme.parse(Files.readString(HOME.resolve("README.md")));
    assertThat(readme.mistakes()).isEmpty();
    assertThat(readme.steps()).isNotEmpty();
    var run = new ReadmeRun(HOME, work, Duration.ofSeconds(60));
    ReadmeRun.Result result = run.run(readme.steps(), Duration.ofMinutes(5));
    assertThat(result.exit()).as(result::output).isZero();
  }

  @Nested
  class Of_a_text {
    private static final String TEXT =
        """
        # Title
        ```yaml pool.yaml
        kind: Pool
        ```
        ```
        ./weir demo  # has a test of its own
        ./weir ctl get pools
        ```
        ```sh
        # a comment
        cd . && there=here
        sleep 60 &
        git clone somewhere   # not run: it is here already
        echo $there \\
          and there
        #> here and
        cat pool.yaml
        #> kind: Pool
        ```
        ```console
        $ rm -rf /
        ```
        """;

    @Test
    void commands_files_and_expectations_are_found_and_what_escapes_is_told() {
      Readme readme = Readme.parse(TEXT);
      assertThat(readme.steps())
          .containsExactly(
              new Step.File("pool.yaml", "kind: Pool\n"),
              new Step.Command("cd . && there=here", List.of()),
              new Step.Command("sleep 60 &", List.of()),
              new Step.Command("echo $there   and there", List.of("here and")),
              new Step.Command("cat pool.yaml", List.of("kind: Pool")));
      assertThat(readme.mistakes())
          .containsExactly(
              "no test runs, as its block is not tagged `sh`: ./weir ctl get pools",
              "line 20: a block of commands is tagged `sh`, not `console`");
    }

    @Test
    void commands_run_in_order_in_one_shell_and_nothing_is_left_behind()
        throws IOException, InterruptedException {
      ReadmeRun.Result result = run(TEXT);
      assertThat(result.output()).contains("here and there", "kind: Pool");
      assertThat(result.exit()).isZero();
      assertThat(ProcessHandle.current().descendants().map(ProcessHandle::info))
          .noneMatch(info -> info.commandLine().orElse("").contains("sleep 60"));
    }

    @Test
    void a_command_that_fails_is_told() throws IOException, InterruptedException {
      ReadmeRun.Result result = run("```sh\nfalse\necho never\n```\n");
      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.output()).contains("this failed").contains("false").doesNotContain("never");
    }

    @Test
    void a_command_that_says_something_else_is_told() throws IOException, InterruptedException {
      assertThat(run("```sh\necho one\n#> two\n```\n").exit()).isEqualTo(1);
    }

    private ReadmeRun.Result run(String text) throws IOException, InterruptedException {
      return new ReadmeRun(HOME, work, Duration.ofSeconds(1))
          .run(Readme.parse(text).steps(), Duration.ofSeconds(30));
    }
  }
}
