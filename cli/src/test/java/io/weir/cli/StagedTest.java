package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.RolloutState;
import io.weir.v1.StagedChange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is declared, where something else is on its way. */
final class StagedTest {
  private static final String POOLS =
      """
      kind: Pool
      name: web
      endpoints:
      - {address: "10.0.0.1:80"}
      ---
      kind: Pool
      name: old
      endpoints:
      - {address: "10.0.0.2:80"}
      """;

  private final Ctl ctl = new Ctl();

  @BeforeEach
  void stage() {
    assertThat(ctl.runWith(POOLS, "apply", "-f", "-").err()).isEmpty();
    ctl.admin.staged(
        StagedChange.newBuilder()
            .setNumber(8)
            .setState(RolloutState.ROLLOUT_STATE_PUSHING)
            .setPaused(true)
            .addDeleted(ResourceRef.newBuilder().setKind("Pool").setName("old"))
            .build(),
        StagedChange.newBuilder()
            .setNumber(7)
            .setState(RolloutState.ROLLOUT_STATE_BAKING)
            .addResources(
                Resource.newBuilder()
                    .setMetadata(Metadata.newBuilder().setName("web"))
                    .setPool(Pool.getDefaultInstance()))
            .build());
  }

  @AfterEach
  void close() {
    ctl.close();
  }

  @Test
  void get_says_so_beside_its_table() {
    Ctl.Outcome outcome = ctl.run("get", "pools");
    assertThat(outcome.err())
        .isEqualTo(
            """
            pool/old: its deletion is staged by rollout 8 (paused)
            pool/web: a change is staged by rollout 7 (baking)
            """);
    assertThat(outcome.out()).doesNotContain("rollout");
    assertThat(ctl.run("get", "pool/web").err())
        .isEqualTo("pool/web: a change is staged by rollout 7 (baking)\n");
  }

  @Test
  void get_says_nothing_to_programs() {
    assertThat(ctl.run("get", "pools", "-o", "yaml").err()).isEmpty();
    assertThat(ctl.run("get", "pools", "-o", "json").err()).isEmpty();
  }

  @Test
  void describe_says_so() {
    assertThat(ctl.run("describe", "pool", "web").out())
        .containsPattern("Staged: +a change is staged by rollout 7 \\(baking\\)\n");
    assertThat(ctl.run("describe", "pool", "old").out()).contains("its deletion is staged");
  }
}
