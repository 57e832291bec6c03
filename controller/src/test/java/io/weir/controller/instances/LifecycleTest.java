package io.weir.controller.instances;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.instances.AgentView.Standing;
import io.weir.controller.instances.Listing.Listed;
import io.weir.controller.instances.Situation.Conduct;
import io.weir.controller.instances.Situation.Health;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaleInputs;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class LifecycleTest {
  private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");
  private static final long SECOND = 1_000_000_000L;

  private final Provider provider = new Provider();
  private final Map<String, AgentView> agents = new HashMap<>();
  private final Map<String, Health> verdicts = new HashMap<>();
  private final List<Step.Draft> decisions = new ArrayList<>();
  private Lifecycle lifecycle = new Lifecycle(true);
  private ScalerRecord record = ScalerRecord.getDefaultInstance();
  private long revision;
  private long now;
  private int wanted = 1;
  private int attempts;
  private Conduct conduct = Conduct.ACT;

  /** Does at once what it is told, each order once. */
  private static final class Provider {
    final Map<String, String> instances = new HashMap<>();
    final List<String> keys = new ArrayList<>();
    final Map<String, String> zones = new HashMap<>();
    int started;

    void call(ScalerRecord record) {
      if (keys.contains(record.getCall().getKey())) {
        return;
      }
      keys.add(record.getCall().getKey());
      if (record.getCall().getEndCount() > 0) {
        instances.keySet().removeAll(record.getCall().getEndList());
      } else {
        while (instances.size() < record.getCall().getDesired()) {
          started++;
          instances.put("i" + started, "10.0.0." + started + ":80");
        }
      }
    }

    Listing listing(long number) {
      return new Listing(
          number,
          true,
          instances.entrySet().stream()
              .map(each ->
                  new Listed(
                      each.getKey(), each.getValue(), false, zones.getOrDefault(each.getKey(), "")))
              .sorted((one, other) -> one.id().compareTo(other.id()))
              .toList());
    }
  }

  private Situation situation() {
    return new Situation(
        now,
        EPOCH.plusNanos(now),
        conduct,
        0,
        true,
        verdicts,
        record.getInstancesList().stream()
            .collect(
                Collectors.toMap(
                    ScaledInstance::getAddress, ScaledInstance::getZone, (one, _) -> one)),
        Set.of(),
        false,
        agents.values(),
        Optional.of(provider.listing(now)),
        Optional.of(new Wanted(wanted, ScaleInputs.getDefaultInstance(), wanted + " are enough")),
        Duration.ofSeconds(1),
        Duration.ofSeconds(30),
        false,
        attempts);
  }

  /** Looks; what comes of it is in the store at once, but no hook is called. */
  private void look() {
    now += SECOND;
    Step step = lifecycle.next("web", "pool", record, revision, situation());
    if (!step.record().equals(record) || step.decision().isPresent()) {
      revision++;
      step.decision().ifPresent(decisions::add);
      record = step.numbered(decisions.size(), "key-" + decisions.size());
    }
  }

  private void call() {
    if (record.hasCall()) {
      provider.call(record);
      lifecycle.called(now);
      revision++;
      record = record.toBuilder().clearCall().build();
    }
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      look();
      call();
      agents.replaceAll((_, agent) -> heard(agent, agent.inFlight()));
    }
  }

  private AgentView heard(AgentView agent, Map<String, Long> inFlight) {
    return new AgentView(agent.name(), agent.standing(), revision, now + 1, inFlight);
  }

  private void allHealthy() {
    provider.instances.values().forEach(address -> verdicts.put(address, Health.HEALTHY));
  }

  private void agent(String name, Standing standing, Map<String, Long> inFlight) {
    agents.put(name, new AgentView(name, standing, revision, now, inFlight));
  }

  private Map<InstanceState, List<String>> states() {
    return record.getInstancesList().stream()
        .collect(
            Collectors.groupingBy(
                ScaledInstance::getState,
                Collectors.mapping(ScaledInstance::getId, Collectors.toList())));
  }

  private int count(InstanceState state) {
    return states().getOrDefault(state, List.of()).size();
  }

  private void serving(int count) {
    wanted = count;
    pass(4);
    allHealthy();
    pass(3);
    assertThat(count(InstanceState.INSTANCE_STATE_SERVING)).isEqualTo(count);
  }

  @BeforeEach
  void oneAgent() {
    agent("a", Standing.CURRENT, Map.of());
  }

  @Test
  void whatTakesUntilTheProviderTellsIsPartOfTheStart() {
    agent("a", Standing.CURRENT, Map.of());
    look();
    lifecycle.called(now);
    for (int second = 0; second < 9; second++) {
      look();
    }
    provider.call(record);
    look();
    look();
    allHealthy();
    look();
    assertThat(lifecycle.started()).containsExactly(Duration.ofSeconds(12));
  }

  @Nested
  final class More {
    @Test
    void the_hook_is_called_once_and_nothing_serves_before_it_is_healthy() {
      wanted = 3;
      pass(10);
      assertThat(provider.keys).hasSize(1);
      assertThat(count(InstanceState.INSTANCE_STATE_STARTING)).isEqualTo(3);
      allHealthy();
      pass(1);
      assertThat(count(InstanceState.INSTANCE_STATE_SERVING)).isEqualTo(3);
    }

    @Test
    void a_controller_that_takes_over_calls_again_with_the_same_key() {
      wanted = 3;
      look();
      String key = record.getCall().getKey();
      provider.call(record); // and the leader dies before it can say so
      lifecycle = new Lifecycle(true);
      look();
      assertThat(record.getCall().getKey()).isEqualTo(key);
      pass(20);
      assertThat(provider.instances).hasSize(3);
      assertThat(provider.keys).containsExactly(key);
    }

    @Test
    void one_that_vanishes_is_asked_for_again() {
      serving(3);
      provider.instances.remove("i2");
      pass(5);
      assertThat(provider.instances.keySet()).containsExactlyInAnyOrder("i1", "i3", "i4");
    }

    @Test
    void one_that_never_becomes_healthy_is_ended_and_counted() {
      wanted = 1;
      pass(2);
      verdicts.put("10.0.0.1:80", Health.UNHEALTHY);
      pass(125);
      assertThat(provider.instances).doesNotContainKey("i1");
      assertThat(lifecycle.failedStarts()).isEqualTo(1);
    }
  }

  @Nested
  final class Fewer {
    @Test
    void the_one_with_least_under_way_goes_and_only_when_nothing_is() {
      serving(3);
      Map<String, Long> load = Map.of("10.0.0.1:80", 5L, "10.0.0.2:80", 1L, "10.0.0.3:80", 4L);
      agent("a", Standing.CURRENT, load);
      wanted = 2;
      pass(5);
      assertThat(states().get(InstanceState.INSTANCE_STATE_DRAINING)).containsExactly("i2");
      assertThat(provider.instances).hasSize(3);
      agent("a", Standing.CURRENT, Map.of("10.0.0.1:80", 5L));
      pass(4);
      assertThat(provider.instances.keySet()).containsExactlyInAnyOrder("i1", "i3");
      assertThat(states().keySet()).containsExactly(InstanceState.INSTANCE_STATE_SERVING);
    }

    @Test
    void one_of_the_zone_that_has_most_goes_whatever_is_under_way_there() {
      provider.zones.putAll(Map.of("i1", "a", "i2", "b", "i3", "b"));
      serving(3);
      agent("a", Standing.CURRENT, Map.of("10.0.0.2:80", 5L, "10.0.0.3:80", 4L));
      wanted = 2;
      pass(5);
      assertThat(states().get(InstanceState.INSTANCE_STATE_DRAINING)).containsExactly("i3");
    }

    @Test
    void an_agent_that_does_not_run_the_drain_yet_holds_it_up() {
      serving(2);
      wanted = 1;
      look();
      long drained = revision;
      for (int i = 0; i < 10; i++) {
        agents.put("b", new AgentView("b", Standing.CURRENT, drained - 1, now + 1, Map.of()));
        look();
        agents.replaceAll((name, agent) -> name.equals("a") ? heard(agent, Map.of()) : agent);
      }
      assertThat(count(InstanceState.INSTANCE_STATE_DRAINING)).isEqualTo(1);
      agents.put("b", new AgentView("b", Standing.CURRENT, drained, now + 1, Map.of()));
      pass(3);
      assertThat(provider.instances).hasSize(1);
    }

    @Test
    void an_agent_that_is_away_holds_it_up_until_the_deadline_which_is_said() {
      serving(2);
      agent("b", Standing.AWAY, Map.of());
      wanted = 1;
      pass(20);
      assertThat(count(InstanceState.INSTANCE_STATE_DRAINING)).isEqualTo(1);
      pass(20);
      assertThat(provider.instances).hasSize(1);
      assertThat(decisions.getLast().reason()).contains("its drain timeout is over").contains("b");
    }

    @Test
    void a_dead_agent_holds_up_nothing() {
      serving(2);
      agent("b", Standing.GONE, Map.of());
      wanted = 1;
      pass(5);
      assertThat(provider.instances).hasSize(1);
    }

    @Test
    void what_is_needed_again_is_taken_back_before_anything_is_asked_for() {
      serving(3);
      agent("a", Standing.CURRENT, Map.of("10.0.0.1:80", 1L, "10.0.0.2:80", 1L, "10.0.0.3:80", 1L));
      wanted = 1;
      pass(3);
      assertThat(count(InstanceState.INSTANCE_STATE_DRAINING)).isEqualTo(2);
      wanted = 3;
      pass(3);
      assertThat(count(InstanceState.INSTANCE_STATE_SERVING)).isEqualTo(3);
      assertThat(provider.started).isEqualTo(3);
    }

    @Test
    void one_that_its_provider_does_not_end_stands_in_for_none_that_is_needed() {
      serving(3);
      wanted = 1;
      for (int i = 0; i < 3; i++) {
        look();
        agents.replaceAll((_, agent) -> heard(agent, Map.of()));
      }
      assertThat(record.getCall().getEndCount()).isEqualTo(2);
      attempts = 3;
      wanted = 2;
      look();
      assertThat(record.getCall().getEndCount()).isZero();
      assertThat(record.getCall().getDesired()).isEqualTo(4);
      call();
      attempts = 0;
      assertThat(provider.instances).hasSize(4);
      allHealthy();
      pass(70);
      assertThat(provider.instances).hasSize(2);
      assertThat(states().get(InstanceState.INSTANCE_STATE_SERVING)).hasSize(2);
    }

    @Test
    void a_controller_that_takes_over_waits_for_the_agents_anew() {
      serving(2);
      agent("a", Standing.CURRENT, Map.of("10.0.0.1:80", 1L, "10.0.0.2:80", 1L));
      wanted = 1;
      pass(2);
      lifecycle = new Lifecycle(true);
      agents.put("a", new AgentView("a", Standing.CURRENT, revision, now, Map.of()));
      look(); // a report of before counts for nothing
      assertThat(count(InstanceState.INSTANCE_STATE_DRAINING)).isEqualTo(1);
      pass(4);
      assertThat(provider.instances).hasSize(1);
    }
  }

  @Test
  void a_recommendation_is_said_and_nothing_is_done() {
    conduct = Conduct.RECOMMEND;
    wanted = 7;
    pass(40);
    assertThat(provider.keys).isEmpty();
    assertThat(decisions).hasSize(1);
    assertThat(decisions.getFirst().decided().getRecommendedOnly()).isTrue();
    for (int i = 0; i < 60; i++) {
      wanted = 5 + i % 2;
      pass(1);
    }
    assertThat(decisions.size()).isLessThan(5);
  }
}
