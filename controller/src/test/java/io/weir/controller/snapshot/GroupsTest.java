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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class GroupsTest {
  private static final ResourceKey WEB = ResourceKey.listener("web");
  private static final ResourceKey BACKEND = ResourceKey.pool("backend");

  private final Resource web = listener("web", "0.0.0.0:80", "backend");
  private final Resource backend = pool("backend", "10.0.0.1:80");
  private final Groups groups = new Groups();

  private static Config config(long revision, Resource... resources) {
    NavigableMap<ResourceKey, Resource> all = new TreeMap<>();
    for (Resource resource : resources) {
      all.put(ResourceKey.of(resource).orElseThrow(), resource);
    }
    return new Config(revision, all);
  }

  private static Content content(Config config, Map<String, String> labels) {
    return Catalog.of(config).content(labels);
  }

  @Nested
  final class WhatAnAgentRuns {
    @Test
    void is_the_listeners_that_select_the_agent_and_the_pools_they_name() {
      Resource other =
          listener("other", listenerSpec("0.0.0.0:81", "second").putAgents("zone", "b"));
      Config config = config(5, backend, web, other, pool("second", "h:1"), pool("third", "h:2"));

      assertThat(content(config, Map.of("zone", "a")).pieces().keySet())
          .containsExactly(BACKEND, WEB);
      assertThat(content(config, Map.of("zone", "b", "rack", "1")).pieces()).hasSize(4);
    }

    @Test
    void has_the_one_pool_of_a_tcp_listener() {
      Resource tcp =
          listener(
              "web",
              ListenerSpec.newBuilder().setProtocol(Protocol.PROTOCOL_TCP).setPool("backend"));
      assertThat(content(config(5, backend, tcp), Map.of()).pieces().keySet())
          .containsExactly(BACKEND, WEB);
    }

    @Test
    void has_the_rules_of_routes_merged_into_their_listeners() {
      Config config =
          config(5, backend, web, pool("api", "h:1"), route("api", "web", "/api", "api"));
      Content content = content(config, Map.of());

      assertThat(content.pieces().keySet()).containsExactly(ResourceKey.pool("api"), BACKEND, WEB);
      assertThat(content.pieces().get(WEB))
          .isNotNull()
          .extracting(piece -> piece.resource().getListener().getSpec().getRoutesList())
          .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.list(RouteRule.class))
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
      assertThat(content(config(5, noted, web), Map.of()))
          .isEqualTo(content(config(9, backend, web), Map.of()));
    }
  }

  @Nested
  final class TheRevision {
    @Test
    void stays_when_what_changed_does_not_concern_the_group() {
      groups.update(config(5, backend, web));
      Group group = groups.join(Map.of());
      AgentSnapshot before = group.current();
      groups.update(config(6, backend, web, pool("x", "h:1")));

      assertThat(group.current()).isSameAs(before);
    }

    @Test
    void moves_on_when_a_listener_goes_away() {
      groups.update(config(5, backend, web));
      Group group = groups.join(Map.of());
      AgentSnapshot before = group.current();
      groups.update(config(6, backend));

      assertThat(group.current().revision()).isEqualTo(6);
      SnapshotDelta delta = SnapshotDelta.between(before.content(), group.current().content());
      assertThat(delta.changed()).isEmpty();
      assertThat(delta.removed()).containsExactly(BACKEND, WEB);
    }

    @Test
    void that_another_controller_told_of_is_known_only_where_it_was_seen_here() {
      groups.update(config(5, backend, web));
      Group group = groups.join(Map.of());
      Content before = group.current().content();
      // Three changes of which the second took back the first, seen together.
      groups.update(config(8, backend, web, pool("x", "h:1")));

      assertThat(group.current().revision()).isEqualTo(5);
      assertThat(group.at(5).map(AgentSnapshot::content)).contains(before);
      assertThat(group.at(6)).isEmpty();
      assertThat(group.at(8)).contains(group.current().at(8));
      assertThat(group.at(12)).contains(group.current().at(12));
      assertThat(group.at(4)).isEmpty();

      Config was = config(6, pool("backend", "10.0.0.2:80"), web);
      AgentSnapshot recalled = group.recall(6, Catalog.of(was));
      assertThat(recalled.content()).isEqualTo(Catalog.of(was).content(Map.of()));
      assertThat(group.at(6)).contains(recalled);
    }
  }

  @Nested
  final class GroupsShare {
    @Test
    void one_content_where_the_same_listeners_select_them() {
      groups.update(config(5, backend, web));
      Group a = groups.join(Map.of("zone", "a"));
      Group b = groups.join(Map.of("zone", "b"));
      assertThat(a.current().content()).isSameAs(b.current().content());
      assertThat(a.scope()).isNotEqualTo(b.scope()).hasSize(16);

      groups.update(config(6, pool("backend", "10.0.0.2:80"), web));
      assertThat(a.current().content()).isSameAs(b.current().content());
      assertThat(groups.join(Map.of("zone", "a"))).isSameAs(a);
    }

    @Test
    void what_did_not_change_down_to_its_bytes() {
      groups.update(config(5, backend, web));
      Group group = groups.join(Map.of());
      Content before = group.current().content();
      groups.update(config(6, pool("backend", "10.0.0.2:80"), web));
      Content after = group.current().content();

      List<String> made = new ArrayList<>();
      before.pieces().values().forEach(piece -> piece.bytes(() -> made.add(piece.toString())));
      after.pieces().values().forEach(piece -> piece.bytes(() -> made.add("again " + piece)));
      assertThat(made)
          .containsExactly("Pool \"backend\"", "Listener \"web\"", "again Pool \"backend\"");
    }

    @Test
    void and_are_forgotten_with_their_last_member() {
      Group group = groups.join(Map.of("zone", "a"));
      assertThat(groups.join(Map.of("zone", "a"))).isSameAs(group);
      groups.leave(group);
      assertThat(groups.size()).isEqualTo(1);
      groups.leave(group);
      assertThat(groups.size()).isZero();
    }
  }

  @Test
  void an_update_leads_to_what_a_fresh_look_at_the_whole_gives() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<Group> all =
        List.of(
            groups.join(Map.of("zone", "a")),
            groups.join(Map.of("zone", "b")),
            groups.join(Map.of()));
    for (int revision = 1; revision < 500; revision++) {
      Config config = anything(random, revision);
      groups.update(config);
      for (Group group : all) {
        assertThat(group.current().content())
            .as("replay with -Dweir.seed=%d", seed)
            .isEqualTo(Catalog.of(config).content(group.labels()));
      }
    }
  }

  @Test
  void a_delta_turns_any_content_into_any_other() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 500; round++) {
      Content one = content(anything(random, 1), Map.of("zone", "a"));
      Content two = content(anything(random, 2), Map.of("zone", "a"));
      SnapshotDelta delta = SnapshotDelta.between(one, two);
      NavigableMap<ResourceKey, Resource> held = new TreeMap<>();
      one.pieces().forEach((key, piece) -> held.put(key, piece.resource()));
      delta.removed().forEach(held::remove);
      delta.changed().forEach(piece -> held.put(piece.key(), piece.resource()));
      delta
          .patches()
          .forEach(patch ->
              held.computeIfPresent(
                  ResourceKey.pool(patch.getPool()),
                  (_, pool) -> EndpointChangesTest.patched(pool, patch)));

      NavigableMap<ResourceKey, Resource> wanted = new TreeMap<>();
      two.pieces().forEach((key, piece) -> wanted.put(key, piece.resource()));
      assertThat(held).as("replay with -Dweir.seed=%d", seed).isEqualTo(wanted);
    }
  }

  private static Config anything(SplittableRandom random, long revision) {
    NavigableMap<ResourceKey, Resource> all = new TreeMap<>();
    for (int i = 0; i < 4; i++) {
      String name = "n" + i;
      String[] addresses = new String[random.nextInt(1, 8)];
      for (int n = 0; n < addresses.length; n++) {
        addresses[n] = "h:" + random.nextInt(1, 20);
      }
      all.put(ResourceKey.pool(name), pool(name, addresses));
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
