package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What an operator gets for a mistake: one clear sentence, status 1, and nothing is changed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class BadConfigTest {
  private static final String POOL =
      """
      kind: Pool
      name: backend
      endpoints:
      - {address: "127.0.0.1:9001", weight: 1}
      - {address: "127.0.0.1:9002", weight: 2}
      """;

  private final Fleet fleet = Fleet.create(Programs.locate());
  private String controller = "";
  private long revision;

  @BeforeAll
  void start() {
    controller = fleet.controller("127.0.0.1:0").address();
    apply("good.yaml", POOL).orThrow();
  }

  @AfterAll
  void stop() {
    fleet.close();
  }

  @BeforeEach
  void remember() {
    revision = revision();
  }

  @AfterEach
  void nothing_was_changed() {
    assertThat(revision()).isEqualTo(revision);
  }

  @Test
  void a_typo_is_told_with_line_and_column() {
    Fleet.Ran ran = apply("typo.yaml", POOL.replace("weight: 2", "wieght: 2"));
    assertRefused(ran, "typo.yaml:5:31:", "wieght", "weight");
  }

  @Test
  void yaml_that_is_none_is_told_with_line_and_column() {
    assertThat(apply("broken.yaml", "kind: Pool\nname: [unclosed\n").err())
        .containsPattern("broken\\.yaml:\\d+:\\d+:");
  }

  @Test
  void a_negative_weight_is_told_with_its_path_and_range() {
    assertRefused(
        apply("weight.yaml", POOL.replace("weight: 2", "weight: -1")),
        "weight.yaml:5:",
        "endpoints[1].weight",
        "-1");
  }

  @Test
  void two_endpoints_alike_are_told() {
    assertRefused(
        apply("twice.yaml", POOL.replace("9002", "9001")),
        "endpoints[1].address",
        "127.0.0.1:9001");
  }

  @Test
  void a_listener_that_names_no_pool_is_told() {
    assertRefused(
        apply(
            "listener.yaml",
            """
            kind: Listener
            name: web
            bind: "127.0.0.1:8080"
            routes:
            - {path_prefix: /, pool: backends}
            """),
        "routes[0].pool",
        "backends");
  }

  @Test
  void all_mistakes_are_told_at_once() {
    assertRefused(
        apply("many.yaml", POOL.replace("weight: 2", "weight: -1").replace("9001", "99999")),
        "endpoints[0].address",
        "endpoints[1].weight");
  }

  @Test
  void a_stale_revision_is_told_with_both_revisions() {
    long stale = revision - 1;
    assertRefused(
        apply(
            "stale.yaml",
            POOL.replace(
                "name: backend", "name: backend\nrevision: " + (stale > 0 ? stale : revision + 1))),
        "backend",
        "revision",
        Long.toString(revision));
  }

  @Test
  void a_weight_for_an_endpoint_that_is_not_there_is_told() {
    assertRefused(
        fleet.ctl(controller, "weight", "backend", "127.0.0.1:9009", "3"), "127.0.0.1:9009");
  }

  @Test
  void a_kind_that_is_none_is_told() {
    assertRefused(
        apply("kind.yaml", POOL.replace("kind: Pool", "kind: Pol")), "kind.yaml:1:", "Pol");
  }

  private Fleet.Ran apply(String file, String yaml) {
    try {
      Path path = Files.writeString(fleet.dir().resolve(file), yaml);
      return fleet.ctl(controller, "apply", "-f", path.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long revision() {
    try (var admin = new Admin(controller)) {
      return admin.get("Pool", "backend").getMetadata().getRevision();
    }
  }

  private static void assertRefused(Fleet.Ran ran, String... parts) {
    assertThat(ran.err()).contains(parts).doesNotContain("\tat ");
    assertThat(ran.exit()).isEqualTo(1);
  }
}
