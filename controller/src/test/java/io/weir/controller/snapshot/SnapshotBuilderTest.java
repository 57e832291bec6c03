package io.weir.controller.snapshot;

import static io.weir.controller.Samples.labelled;
import static io.weir.controller.Samples.listener;
import static io.weir.controller.Samples.listenerSpec;
import static io.weir.controller.Samples.pool;
import static io.weir.controller.Samples.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.model.Config;
import io.weir.controller.model.ResourceKey;
import io.weir.v1.EndpointStatus;
import io.weir.v1.ListenerSpec;
import io.weir.v1.PoolStatus;
import io.weir.v1.Protocol;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class SnapshotBuilderTest {
  private static final ResourceKey WEB = ResourceKey.listener("web");
  private static final ResourceKey BACKEND = ResourceKey.pool("backend");

  private final Resource web = listener("web", "0.0.0.0:80", "backend");
  private final Resource backend = pool("backend", "10.0.0.1:80");

  private static Config config(long revision, Resource... resources) {
    NavigableMap<ResourceKey, Resource> all = new TreeMap<>();
    for (Resource resource : resources) {
      all.put(ResourceKey.of(resource).orElseThrow(), resource);
    }
    return new Config(revision, all);
  }

  private static AgentSnapshot build(Config config, Map<String, String> labels) {
    return new SnapshotBuilder(config).build(labels, config.revision());
  }

  @Nested
  final class Content {
    @Test
    void is_the_listeners_that_select_the_agent_and_the_pools_they_name() {
      Resource other =
          listener("other", listenerSpec("0.0.0.0:81", "second").putAgents("zone", "b"));
      Config config = config(5, backend, web, other, pool("second", "h:1"), pool("third", "h:2"));

      assertThat(build(config, Map.of("zone", "a")).content().keySet())
          .containsExactly(BACKEND, WEB);
      assertThat(build(config, Map.of("zone", "b", "rack", "1")).content()).hasSize(4);
    }

    @Test
    void has_the_one_pool_of_a_tcp_listener() {
      Resource tcp =
          listener(
              "web",
              ListenerSpec.newBuilder().setProtocol(Protocol.PROTOCOL_TCP).setPool("backend"));
      assertThat(build(config(5, backend, tcp), Map.of()).content().keySet())
          .containsExactly(BACKEND, WEB);
    }

    @Test
    void has_the_rules_of_routes_merged_into_their_listeners() {
      Config config =
          config(5, backend, web, pool("api", "h:1"), route("api", "web", "/api", "api"));
      AgentSnapshot snapshot = build(config, Map.of());

      assertThat(snapshot.content().keySet())
          .containsExactly(ResourceKey.pool("api"), BACKEND, WEB);
      assertThat(snapshot.content().getOrDefault(WEB, web).getListener().getSpec().getRoutesList())
          .extracting(RouteRule::getPool)
          .containsExactly("backend", "api");
    }

    @Test
    void has_names_for_all_metadata_and_no_status() {
      Resource noted =
          labelled(backend, Map.of("team", "a")).toBuilder()
              .setPool(
                  backend.getPool().toBuilder()
                      .setStatus(
                          PoolStatus.newBuilder()
                              .addEndpoints(EndpointStatus.newBuilder().setHealthy(1))))
              .build();
      assertThat(build(config(5, noted, web), Map.of()).content())
          .isEqualTo(build(config(9, backend, web), Map.of()).content());
    }
  }

  @Nested
  final class TheRevision {
    @Test
    void stays_when_what_changed_does_not_concern_the_agent() {
      AgentSnapshot before = build(config(5, backend, web), Map.of());
      AgentSnapshot after =
          before.advance(build(config(6, backend, web, pool("x", "h:1")), Map.of()));

      assertThat(after).isSameAs(before);
    }

    @Test
    void moves_on_when_a_listener_goes_away() {
      AgentSnapshot before = build(config(5, backend, web), Map.of());
      AgentSnapshot after = before.advance(build(config(6, backend), Map.of()));

      assertThat(after.revision()).isEqualTo(6);
      SnapshotDelta delta = SnapshotDelta.between(before, after);
      assertThat(delta.changed()).isEmpty();
      assertThat(delta.removed()).containsExactly(BACKEND, WEB);
    }
  }

  @Nested
  final class ADelta {
    @Test
    void holds_the_listener_when_only_one_of_its_routes_changed() {
      Resource api = pool("api", "h:1");
      AgentSnapshot before =
          build(config(5, backend, web, api, route("r", "web", "/api", "api")), Map.of());
      AgentSnapshot after =
          build(config(6, backend, web, api, route("r", "web", "/v2", "api")), Map.of());
      SnapshotDelta delta = SnapshotDelta.between(before, after);

      assertThat(delta.baseRevision()).isEqualTo(5);
      assertThat(delta.revision()).isEqualTo(6);
      assertThat(delta.changed()).containsExactly(after.content().getOrDefault(WEB, web));
      assertThat(delta.removed()).isEmpty();
    }

    @Test
    void turns_any_snapshot_into_any_other() {
      long seed = Long.getLong("weir.seed", System.nanoTime());
      SplittableRandom random = new SplittableRandom(seed);
      for (int round = 0; round < 500; round++) {
        AgentSnapshot one = build(anything(random, 1), Map.of("zone", "a"));
        AgentSnapshot two = build(anything(random, 2), Map.of("zone", "a"));
        SnapshotDelta delta = SnapshotDelta.between(one, two);
        NavigableMap<ResourceKey, Resource> held = new TreeMap<>(one.content());
        delta.removed().forEach(held::remove);
        delta
            .changed()
            .forEach(resource -> held.put(ResourceKey.of(resource).orElseThrow(), resource));

        assertThat(held).as("seed %d", seed).isEqualTo(two.content());
      }
    }

    private static Config anything(SplittableRandom random, long revision) {
      NavigableMap<ResourceKey, Resource> all = new TreeMap<>();
      for (int i = 0; i < 4; i++) {
        String name = "n" + i;
        all.put(ResourceKey.pool(name), pool(name, "h:" + random.nextInt(1, 4)));
        if (random.nextBoolean()) {
          all.put(
              ResourceKey.listener(name),
              listener(
                  name,
                  listenerSpec("0.0.0.0:" + (80 + i), "n" + random.nextInt(4))
                      .putAgents("zone", random.nextInt(3) == 0 ? "b" : "a")));
        }
        if (random.nextBoolean()) {
          all.put(
              ResourceKey.route(name),
              route(name, "n" + random.nextInt(4), "/" + i, "n" + random.nextInt(4)));
        }
      }
      return new Config(revision, all);
    }
  }
}
