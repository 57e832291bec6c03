package io.weir.e2e.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class ArchitectureTest {
  private static final Rules RULES = new Rules("io.weir");

  /** Breaks every rule once. */
  private static final Rules SAMPLE = new Rules("io.weir.e2e.arch.sample");

  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/io/weir/v1/"))
          .importPackages("io.weir");

  @TestFactory
  Stream<DynamicTest> the_code_keeps_to() {
    return RULES.all().stream()
        .map(rule -> DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(CODE)));
  }

  @Test
  void every_process_is_looked_at() {
    assertThat(
            Stream.of(
                "io.weir.controller.ControllerMain", "io.weir.agent.AgentMain", "io.weir.cli.Main"))
        .allMatch(CODE::contain);
  }

  @Nested
  class A_violation_is_found {
    private static final JavaClasses BAD =
        new ClassFileImporter().importPackages("io.weir.e2e.arch.sample");

    @Test
    void of_processes_that_import_each_other() {
      assertThat(found(SAMPLE.processesDoNotImportEachOther("controller")))
          .anyMatch(line -> line.contains("sample.agent.balance.Clocked"));
    }

    @Test
    void of_others_that_see_the_processes() {
      assertThat(found(SAMPLE.onlyE2eSeesTheProcesses())).isNotEmpty();
    }

    @Test
    void of_machinery_in_pure_code() {
      assertThat(found(SAMPLE.pureCodeKnowsNoMachinery()))
          .anyMatch(line -> line.contains("java.io.File"))
          .anyMatch(line -> line.contains("io.vertx.core.Vertx"));
    }

    @Test
    void of_a_clock_or_chance_in_pure_code() {
      assertThat(found(SAMPLE.pureCodeReadsNoClock()))
          .anyMatch(line -> line.contains("System.nanoTime"))
          .anyMatch(line -> line.contains("Instant.now"))
          .anyMatch(line -> line.contains("java.util.Random.<init>"))
          .anyMatch(line -> line.contains("ThreadLocalRandom"))
          .anyMatch(line -> line.contains("Math.random"));
    }

    @Test
    void of_threads_in_pure_code() {
      assertThat(found(SAMPLE.pureCodeStartsNoThreads()))
          .anyMatch(line -> line.contains("java.lang.Thread"))
          .anyMatch(line -> line.contains("java.util.concurrent.Executor"));
    }

    @Test
    void of_a_cycle() {
      assertThat(found(SAMPLE.noCycles("agent"))).anyMatch(line -> line.contains("Cycle detected"));
    }

    @Test
    void of_an_exit_outside_a_main() {
      assertThat(found(SAMPLE.onlyMainsExit())).anyMatch(line -> line.contains("PoolManager"));
    }

    @Test
    void of_an_empty_name() {
      assertThat(found(SAMPLE.namesSaySomething())).anyMatch(line -> line.contains("PoolManager"));
    }

    private static List<String> found(ArchRule rule) {
      return rule.evaluate(BAD).getFailureReport().getDetails();
    }
  }
}
