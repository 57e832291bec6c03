package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.StringWriter;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class WatchTest {
  private final Ctl ctl = new Ctl();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void declareAPool() {
    apply("{kind: Pool, name: backend, endpoints: [{address: \"h:1\"}]}");
  }

  @AfterEach
  void stop() {
    ctl.close();
  }

  private void apply(String yaml) {
    assertThat(ctl.runWith(yaml, "apply", "-f", "-").status()).isZero();
  }

  private CompletableFuture<Integer> watching(String... args) {
    String[] line = new String[args.length + 2];
    System.arraycopy(args, 0, line, 0, args.length);
    line[args.length] = "--controller";
    line[args.length + 1] = ctl.address();
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(
            () -> Main.run(Ctl.console("", out, err), line), Thread::startVirtualThread);
    await().until(() -> ctl.admin.watchers() == 1);
    return status;
  }

  private void printed(String text) {
    await().untilAsserted(() -> assertThat(out.toString()).isEqualTo(text));
  }

  @Test
  void rows_follow_as_they_change_until_the_controller_ends_the_watch() {
    CompletableFuture<Integer> status = watching("get", "pools", "-w");
    String there =
        "NAME      HEALTHY   BALANCE         AGE\nbackend   -/1       least_latency   60s\n";
    printed(there);
    apply("{kind: Pool, name: other}");
    String created = there + "other     -/0       least_latency   60s\n";
    printed(created);
    assertThat(ctl.run("delete", "pool", "other").status()).isZero();
    printed(created + "other     -/0       least_latency   deleted\n");
    ctl.admin.endWatches();
    assertThat(status.join()).isZero();
  }

  @Test
  void names_and_labels_narrow_it() {
    var _ = watching("get", "pool", "backend", "-w", "-o", "name");
    apply("{kind: Pool, name: other}");
    assertThat(ctl.run("weight", "backend", "h:1", "3").status()).isZero();
    printed("pool/backend\npool/backend\n");
  }

  @Test
  void it_ends_with_a_reason_when_the_controller_dies() {
    CompletableFuture<Integer> status = watching("get", "pools", "-w");
    ctl.close();
    assertThat(status.join()).isEqualTo(1);
    assertThat(err.toString()).startsWith("error: ").hasLineCount(1);
  }

  @Test
  void it_follows_one_kind_only() {
    assertThat(ctl.run("get", "all", "-w").err())
        .isEqualTo("error: -w watches one kind at a time\n");
  }
}
