package io.weir.e2e.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Program;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class DemoTest {
  /** Ten seconds of load and a start take 20 s on a machine that has nothing else to do. */
  private static final Duration DEADLINE = Duration.ofMinutes(3);

  private static final int PROCESSES = 6;

  private final Fleet fleet = Fleet.create(Programs.locate());

  @AfterEach
  void stop() {
    fleet.close();
  }

  @Test
  void everything_it_shows_holds() throws IOException {
    Path json = fleet.dir().resolve("figures.json");
    Child demo = demo("--for", "10s", "--json", json.toString());
    assertThat(demo.awaitExit(DEADLINE)).as(() -> demo.out() + demo.err()).isZero();
    assertThat(demo.out()).contains("PASS");
    assertThat(Files.readString(json))
        .contains(
            "\"demo.requests\"",
            "\"demo.failed\"",
            "\"demo.share_error_max\"",
            "\"demo.weight_change.failed\"",
            "\"demo.controller_down.requests\"",
            "\"demo.controller_down.failed\"",
            "\"demo.kill.failed_idempotent\"",
            "\"demo.failover_ms\"");
  }

  @Test
  void a_demo_that_is_killed_leaves_no_process_behind() {
    Child demo = demo("--for", "10s");
    List<ProcessHandle> started = awaitAllStarted(demo);
    demo.kill();
    Await.until(
        "every process of the demo to be gone",
        Fleet.START,
        () -> started.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void a_demo_that_is_told_to_stop_leaves_no_process_and_no_files_behind() {
    Child demo = demo("--for", "10s");
    List<ProcessHandle> started = awaitAllStarted(demo);
    demo.stop();
    assertThat(demo.awaitExit(DEADLINE)).isNotZero();
    assertThat(started).noneMatch(ProcessHandle::isAlive);
    assertThat(fleet.dir().resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void a_time_that_is_too_short_is_refused() {
    Child demo = demo("--for", "3s");
    assertThat(demo.awaitExit(DEADLINE)).isEqualTo(2);
    assertThat(demo.err()).contains("'3s' is shorter than 10s");
  }

  private Child demo(String... args) {
    return fleet.start("demo", Program.DEMO, List.of(args));
  }

  /** Waits for controller, agents and origins. */
  private static List<ProcessHandle> awaitAllStarted(Child demo) {
    Await.until(
        "the demo to start its processes",
        DEADLINE,
        () -> demo.handle().descendants().count() >= PROCESSES);
    return demo.handle().descendants().toList();
  }
}
