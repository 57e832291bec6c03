package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What cannot start says why in one sentence, without a stack trace, and ends. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class StartUpTest {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private final Fleet fleet = Fleet.create(Programs.locate());

  @AfterEach
  void stop() {
    fleet.close();
  }

  @Nested
  class A_controller {
    @Test
    void whose_port_is_in_use_names_it_and_the_flag() throws IOException {
      try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        String address = "127.0.0.1:" + taken.getLocalPort();
        Child controller = start("--listen", address, "--data-dir", dir());
        assertSentence(
            controller, FAILED, "weir controller:", address, "address already in use", "--listen");
      }
    }

    @Test
    void whose_address_is_nonsense_says_so() {
      Child controller = start("--listen", "127.0.0.1:seventy", "--data-dir", dir());
      assertThat(controller.awaitExit(Fleet.START)).isIn(FAILED, USAGE);
      assertThat(controller.err()).contains("127.0.0.1:seventy").doesNotContain("\tat ");
    }

    @Test
    void whose_data_directory_cannot_be_used_names_it() throws IOException {
      Path file = Files.writeString(fleet.dir().resolve("file"), "not a folder");
      String dir = file.resolve("data").toString();
      Child controller = start("--listen", "127.0.0.1:0", "--data-dir", dir);
      assertSentence(controller, FAILED, "weir controller:", dir, "--data-dir");
    }

    @Test
    void whose_data_belongs_to_a_running_controller_says_so() {
      Fleet.Server running = fleet.controller("127.0.0.1:0");
      Child second = start("--listen", "127.0.0.1:0", "--data-dir", dir());
      assertSentence(second, FAILED, "weir controller:", dir());
      assertThat(running.child().alive()).isTrue();
      assertThat(fleet.ctl(running.address(), "get", "pool").exit()).isZero();
    }

    @Test
    void whose_etcd_is_away_names_it() {
      String url = "http://127.0.0.1:" + Ports.free();
      Child controller = start("--listen", "127.0.0.1:0", "--etcd", url);
      assertSentence(controller, FAILED, "weir controller:", url, "etcd");
    }

    private Child start(String... args) {
      return fleet.start("controller", Program.CONTROLLER, List.of(args));
    }

    private String dir() {
      return fleet.dir().resolve("controller").toString();
    }
  }

  @Nested
  class An_agent {
    @Test
    void whose_controller_address_is_nonsense_says_so() {
      Child agent =
          fleet.start(
              "agent",
              Program.AGENT,
              List.of(
                  "--controller", "nowhere", "--data-dir", fleet.dir().resolve("a").toString()));
      assertThat(agent.awaitExit(Fleet.START)).isIn(FAILED, USAGE);
      assertThat(agent.err()).contains("nowhere").doesNotContain("\tat ");
    }

    @Test
    void whose_data_directory_cannot_be_used_names_it() throws IOException {
      Path file = Files.writeString(fleet.dir().resolve("file"), "not a folder");
      String dir = file.resolve("data").toString();
      Child agent =
          fleet.start(
              "agent",
              Program.AGENT,
              List.of("--controller", "127.0.0.1:" + Ports.free(), "--data-dir", dir));
      assertSentence(agent, FAILED, "weir agent:", dir, "--data-dir");
    }
  }

  @Test
  void ctl_names_the_controller_that_it_cannot_reach() {
    String nobody = "127.0.0.1:" + Ports.free();
    Fleet.Ran ran = fleet.ctl(nobody, "--timeout", "5s", "get", "pool");
    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.err()).contains(nobody).doesNotContain("\tat ");
  }

  private static void assertSentence(Child child, int status, String... parts) {
    assertThat(child.awaitExit(Fleet.START)).as(child::err).isEqualTo(status);
    List<String> said = child.err().lines().filter(line -> line.startsWith("weir ")).toList();
    assertThat(said).as(child::err).hasSize(1);
    assertThat(said.getFirst()).contains(parts);
    assertThat(child.err()).doesNotContain("\tat ");
    assertThat(child.out()).isEmpty();
  }
}
