package io.weir.controller.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weir.v1.ProcessHook;
import io.weir.v1.ScaleHook;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessProvisionerTest {
  /** Below those that the kernel gives to outgoing connections, which come and go. */
  private static final int FIRST = free();

  private static final int PORTS = 6;

  @TempDir Path dir;
  private final List<String> zones = new ArrayList<>();
  private Path programs;
  private Settings settings;

  @BeforeEach
  void aProgram() throws IOException {
    programs = Files.createDirectory(dir.resolve("programs"));
    write(programs.resolve("server"), "#!/bin/sh\nexec sleep 300 \"$@\"\n");
    settings =
        new Settings("test", Optional.of(programs), dir.resolve("processes"), dir.resolve("none"));
  }

  @AfterEach
  void nothingGoesOn() throws IOException {
    for (ProcessState.Entry entry : state().entries) {
      Program.end(entry.pid(), true);
    }
  }

  private static void write(Path program, String text) throws IOException {
    Files.writeString(program, text);
    var _ = Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private ProcessState state() throws IOException {
    return ProcessState.read(settings.processes().resolve("test").resolve("web"));
  }

  private Provisioner controller(String... command) {
    return new ProcessProvisioner(
        "web",
        ProcessHook.newBuilder()
            .addAllCommand(command.length == 0 ? List.of("server") : List.of(command))
            .setFirstPort(FIRST)
            .setPorts(PORTS)
            .addAllZones(zones)
            .build(),
        settings,
        InstantSource.system());
  }

  private static Order to(int desired, String key) {
    return new Order(key, "web", "backend", 0, desired, "because");
  }

  private static List<String> ids(List<Provisioned> instances) {
    return instances.stream().map(Provisioned::id).toList();
  }

  @Nested
  class ScalingOut {
    @Test
    void startsProcessesOnPortsOfTheirOwn() throws Exception {
      List<Provisioned> there = controller().scaleOut(to(2, "a")).instances();

      assertThat(there)
          .containsExactly(
              new Provisioned(
                  "web-1", Optional.of("127.0.0.1:" + FIRST), Provisioned.State.RUNNING),
              new Provisioned(
                  "web-2", Optional.of("127.0.0.1:" + (FIRST + 1)), Provisioned.State.RUNNING));
      assertThat(state().entries)
          .allMatch(entry -> ProcessHandle.of(entry.pid()).orElseThrow().isAlive());
    }

    @Test
    void saysThatTheyAreInTheZonesThatAreNamedInTurn() throws Exception {
      zones.addAll(List.of("a", "b"));
      assertThat(controller().scaleOut(to(3, "a")).instances())
          .extracting(Provisioned::zone)
          .containsExactly("a", "b", "a");
    }

    @Test
    void doesNothingForTheSameKeyWhoeverGivesIt() throws Exception {
      var _ = controller().scaleOut(to(2, "a"));
      ProcessState before = state();
      Program.end(before.entries.getFirst().pid(), true);
      await().until(() -> controller().list().size() == 1);

      var _ = controller().scaleOut(to(2, "a"));

      assertThat(ids(controller().list())).containsExactly("web-2");
    }

    @Test
    void byTwoControllersAtOnceStartsEachOnce() throws Exception {
      try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
        List<Callable<Answer>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          calls.add(() -> controller().scaleOut(to(3, "a")));
        }
        for (Future<Answer> answer : threads.invokeAll(calls)) {
          assertThat(ids(answer.get().instances())).containsExactly("web-1", "web-2", "web-3");
        }
      }
    }

    @Test
    void leavesAPortAloneOnWhichSomethingElseListens() throws Exception {
      try (ServerSocket _ = new ServerSocket(FIRST, 1, InetAddress.getLoopbackAddress())) {
        List<Provisioned> there = controller().scaleOut(to(1, "a")).instances();

        assertThat(there.getFirst().address()).contains("127.0.0.1:" + (FIRST + 1));
      }
    }

    @Test
    void failsWhenAllPortsAreTakenAndGoesOnWhereItWasOnceTheyAreNot() throws Exception {
      assertThatThrownBy(() -> controller().scaleOut(to(PORTS + 1, "a")))
          .isInstanceOfSatisfying(ProvisionException.class, e -> assertThat(e.retryable()).isTrue())
          .hasMessageContaining("all ports from %d to %d are taken".formatted(FIRST, FIRST + 5));

      assertThat(controller().list()).hasSize(PORTS);
    }

    @Test
    void passesNoMoreOfTheEnvironmentOnThanIsNeeded() throws Exception {
      write(programs.resolve("env"), "#!/bin/sh\nenv >\"$1.part\"\nmv \"$1.part\" \"$1\"\nsleep 9");
      Path out = dir.resolve("environment");

      var _ = controller("env", out.toString()).scaleOut(to(1, "a"));

      await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(out));
      assertThat(Files.readAllLines(out))
          .contains("WEIR_INSTANCE=web-1", "WEIR_SCALER=web")
          .allSatisfy(line ->
              assertThat(line.substring(0, Math.max(0, line.indexOf('='))))
                  .matches(
                      "PATH|HOME|USER|LANG|LC_ALL|TZ|TMPDIR|JAVA_HOME|WEIR_[A-Z_]+|PWD|OLDPWD|SHLVL|_"));
    }

    @Test
    void tellsOfAProgramThatEndsAtOnce() throws Exception {
      write(programs.resolve("broken"), "#!/nowhere/sh\n");

      assertThatThrownBy(() -> controller("broken").scaleOut(to(1, "a")))
          .isInstanceOf(ProvisionException.class)
          .hasMessageEndingWith("broken ended as soon as it was started");
      assertThat(controller().list()).isEmpty();
    }
  }

  @Nested
  class ScalingIn {
    @Test
    void endsThoseAndNoOthers() throws Exception {
      var _ = controller().scaleOut(to(3, "a"));

      var _ = controller().scaleIn(to(1, "b"), List.of("web-1", "web-3"));

      assertThat(ids(controller().list())).containsExactly("web-2");
    }

    @Test
    void doesNothingForTheSameKeyEvenIfTheIdWereThere() throws Exception {
      var _ = controller().scaleOut(to(2, "a"));
      var _ = controller().scaleIn(to(1, "b"), List.of("web-1"));

      var _ = controller().scaleIn(to(1, "b"), List.of("web-2"));

      assertThat(ids(controller().list())).containsExactly("web-2");
    }

    @Test
    void endsByForceWhatDoesNotListen() throws Exception {
      write(
          programs.resolve("deaf"),
          "#!/bin/sh\ntrap '' TERM\n>\"$1\"\nwhile :; do sleep 1; done\n");
      Path ready = dir.resolve("ready");
      var _ = controller("deaf", ready.toString()).scaleOut(to(1, "a"));
      await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(ready));
      ProcessHandle process = ProcessHandle.of(state().entries.getFirst().pid()).orElseThrow();

      var _ = controller("deaf", ready.toString()).scaleIn(to(0, "b"), List.of("web-1"));

      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> controller().list().isEmpty() && !process.isAlive());
    }
  }

  @Nested
  class AnotherController {
    @Test
    void findsWhatTheOneBeforeStarted() throws Exception {
      try (Provisioner first = controller()) {
        var _ = first.scaleOut(to(2, "a"));
      }

      assertThat(ids(controller().list())).containsExactly("web-1", "web-2");
    }

    @Test
    void adoptsAProcessThatTheOneBeforeHadBegunToStartWhenItDied() throws Exception {
      var _ = controller().scaleOut(to(1, "a"));
      Path folder = settings.processes().resolve("test").resolve("web");
      ProcessState state = state();
      ProcessState.Entry entry = state.entries.getFirst();
      state.orders.clear();
      state.replace(new ProcessState.Entry(entry.id(), entry.port(), 0, "", 0));
      state.write(folder);

      var _ = controller().scaleOut(to(1, "a"));

      assertThat(state().entries).containsExactly(entry);
    }

    @Test
    void startsTheOneThatWasNotStartedAnyMore() throws Exception {
      Path folder = settings.processes().resolve("test").resolve("web");
      Files.createDirectories(folder);
      ProcessState state = new ProcessState();
      state.entries.add(new ProcessState.Entry(state.nextId("web"), FIRST, 0, "", 0));
      state.write(folder);

      assertThat(ids(controller().scaleOut(to(1, "a")).instances())).containsExactly("web-2");
    }

    @Test
    void doesNotTakeAnotherProcessOfTheSameNumberForOneOfItsOwn() throws Exception {
      var _ = controller().scaleOut(to(1, "a"));
      Path folder = settings.processes().resolve("test").resolve("web");
      ProcessState state = state();
      ProcessState.Entry entry = state.entries.getFirst();
      state.replace(entry.runningAs(ProcessHandle.current().pid(), entry.started()));
      state.write(folder);

      var _ = controller().scaleIn(to(0, "b"), List.of("web-1"));

      assertThat(controller().list()).isEmpty();
      Program.end(entry.pid(), true);
    }
  }

  @Nested
  class WhatMayNotBeStarted {
    @Test
    void isEverythingWithoutAFolder() {
      assertThatThrownBy(() -> Program.allowed(Optional.empty(), "server"))
          .isInstanceOfSatisfying(
              ProvisionException.class, e -> assertThat(e.retryable()).isFalse())
          .hasMessage("this controller starts no programs: it was started without --hook-programs");
    }

    @Test
    void isWhatLiesOutside() throws Exception {
      write(dir.resolve("outside"), "#!/bin/sh\n");
      var _ = Files.createSymbolicLink(programs.resolve("link"), dir.resolve("outside"));
      Files.writeString(programs.resolve("text"), "no program");

      for (String name :
          List.of("../outside", dir.resolve("outside").toString(), "link", "text", ".")) {
        assertThatThrownBy(() -> Program.allowed(Optional.of(programs), name))
            .as(name)
            .isInstanceOf(ProvisionException.class)
            .hasMessageContaining("is not a program in");
      }
      assertThatThrownBy(() -> Program.allowed(Optional.of(programs), "absent"))
          .hasMessageContaining("there is no program \"absent\"");
      assertThat(Program.allowed(Optional.of(programs), "server").getFileName())
          .hasToString("server");
    }

    @Test
    void isSaidWhenTheHookIsLookedFor() throws Exception {
      ScaleHook hook =
          ScaleHook.newBuilder()
              .setProcess(ProcessHook.newBuilder().addCommand("../outside"))
              .build();

      assertThatThrownBy(() -> new Provisioners(settings).of("web", hook))
          .isInstanceOf(ProvisionException.class);
    }
  }

  /** The first of six. */
  private static int free() {
    for (int first = 21_000; first < 31_000; first += 10) {
      if (IntStream.range(first, first + 6).allMatch(ProcessProvisionerTest::isFree)) {
        return first;
      }
    }
    throw new IllegalStateException("no six ports from 21000 to 31000 are free");
  }

  private static boolean isFree(int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
