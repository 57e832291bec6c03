package io.weir.e2e.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;

/**
 * The rules, for the code below one root package.
 *
 * @param root {@code io.weir}, or a sample that breaks them
 */
record Rules(String root) {
  private static final List<String> PROCESSES = List.of("controller", "agent", "cli");

  private static final Map<String, List<String>> PURE =
      Map.of(
          "controller",
              List.of(
                  "model",
                  "snapshot",
                  "session",
                  "health",
                  "failover",
                  "discovery",
                  "rollout",
                  "scaling",
                  "instances"),
          "agent",
              List.of("model", "route", "balance", "health", "http1", "membership", "metrics"));

  private static final String[] IMPURE_PACKAGES = {
    "io.vertx..",
    "io.netty..",
    "io.grpc..",
    "io.etcd..",
    "org.h2..",
    "org.slf4j..",
    "ch.qos.logback..",
    "picocli..",
    "java.io",
    "java.nio.file..",
    "java.nio.channels..",
    "java.net.http..",
    "java.sql..",
  };

  /** What reads a clock or an entropy source of the machine, by class and method. */
  private static final Map<String, Set<String>> CLOCKS_AND_CHANCE =
      Map.ofEntries(
          Map.entry(
              "java.lang.System",
              Set.of("nanoTime", "currentTimeMillis", "exit", "getenv", "getProperty")),
          Map.entry("java.time.Instant", Set.of("now")),
          Map.entry("java.time.LocalDate", Set.of("now")),
          Map.entry("java.time.LocalDateTime", Set.of("now")),
          Map.entry("java.time.OffsetDateTime", Set.of("now")),
          Map.entry("java.time.ZonedDateTime", Set.of("now")),
          Map.entry("java.time.Clock", Set.of("systemUTC", "systemDefaultZone", "system")),
          Map.entry("java.time.InstantSource", Set.of("system")),
          Map.entry("java.lang.Math", Set.of("random")),
          Map.entry("java.util.UUID", Set.of("randomUUID")),
          Map.entry("java.util.random.RandomGenerator", Set.of("getDefault", "of")));

  /** Everything that holds of every class below the root. */
  List<ArchRule> all() {
    var rules = new ArrayList<ArchRule>();
    for (String process : PROCESSES) {
      rules.add(processesDoNotImportEachOther(process));
    }
    rules.add(onlyE2eSeesTheProcesses());
    rules.add(pureCodeKnowsNoMachinery());
    rules.add(pureCodeReadsNoClock());
    rules.add(pureCodeStartsNoThreads());
    for (String module : List.of("controller", "agent", "cli", "e2e")) {
      rules.add(noCycles(module));
    }
    rules.add(onlyMainsExit());
    rules.add(namesSaySomething());
    return List.copyOf(rules);
  }

  ArchRule processesDoNotImportEachOther(String process) {
    String[] others =
        PROCESSES.stream()
            .filter(other -> !other.equals(process))
            .map(this::below)
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(below(process))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .because("controller, agent and cli share nothing but proto")
        .allowEmptyShould(true);
  }

  ArchRule onlyE2eSeesTheProcesses() {
    return noClasses()
        .that()
        .resideOutsideOfPackages(below("controller"), below("agent"), below("cli"), below("e2e"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(PROCESSES.stream().map(this::below).toArray(String[]::new))
        .because("only e2e sees more than one of the processes")
        .allowEmptyShould(true);
  }

  ArchRule pureCodeKnowsNoMachinery() {
    return noClasses()
        .that()
        .resideInAnyPackage(pure())
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(IMPURE_PACKAGES)
        .because("pure packages know no I/O, network, store or logger")
        .allowEmptyShould(true);
  }

  ArchRule pureCodeReadsNoClock() {
    return noClasses()
        .that()
        .resideInAnyPackage(pure())
        .should()
        .accessTargetWhere(describe("reads a clock or draws at random", Rules::readsClockOrChance))
        .because("time and randomness are arguments of pure code")
        .allowEmptyShould(true);
  }

  ArchRule pureCodeStartsNoThreads() {
    return noClasses()
        .that()
        .resideInAnyPackage(pure())
        .should()
        .dependOnClassesThat(
            assignableTo(Thread.class)
                .or(assignableTo(Executor.class))
                .or(assignableTo(Timer.class))
                .or(equivalentTo(Executors.class))
                .as("run things on threads"))
        .because("pure code runs on its caller's thread")
        .allowEmptyShould(true);
  }

  ArchRule noCycles(String module) {
    return slices()
        .matching(root + "." + module + ".(**)")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true);
  }

  ArchRule onlyMainsExit() {
    return noClasses()
        .that(describe("have no main method", type -> !hasMain(type)))
        .should()
        .callMethod(System.class, "exit", int.class)
        .because("only a main knows that its process may end")
        .allowEmptyShould(true);
  }

  ArchRule namesSaySomething() {
    return classes()
        .should()
        .haveNameNotMatching(".*(Impl|Util|Utils|Helper|Manager)([$].*)?")
        .andShould()
        .resideOutsideOfPackages("..util..", "..common..")
        .because("a name says what differs")
        .allowEmptyShould(true);
  }

  private String below(String process) {
    return root + "." + process + "..";
  }

  private String[] pure() {
    return PURE.entrySet().stream()
        .flatMap(
            module -> module.getValue().stream().map(name -> below(module.getKey() + "." + name)))
        .toArray(String[]::new);
  }

  private static boolean readsClockOrChance(JavaAccess<?> access) {
    AccessTarget target = access.getTarget();
    JavaClass owner = target.getOwner();
    return CLOCKS_AND_CHANCE.getOrDefault(owner.getName(), Set.of()).contains(target.getName())
        || owner.getName().equals("java.util.concurrent.ThreadLocalRandom")
        || (target.getName().equals("<init>") && owner.isAssignableTo(RandomGenerator.class));
  }

  private static boolean hasMain(JavaClass type) {
    return type.getMethods().stream()
        .anyMatch(method ->
            method.getName().equals("main")
                && method.getRawParameterTypes().stream()
                    .allMatch(parameter -> parameter.isEquivalentTo(String[].class)));
  }
}
