package io.weir.e2e.live;

import static io.weir.e2e.live.FailoverFleet.AGENTS;
import static io.weir.e2e.live.FailoverFleet.INTERVAL;
import static io.weir.e2e.live.FailoverFleet.SOON;
import static io.weir.e2e.live.FailoverFleet.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.e2e.load.Load;
import io.weir.e2e.load.Window;
import io.weir.v1.AgentStatus.Reachability;
import io.weir.v1.Decision;
import io.weir.v1.Decision.SubjectCase;
import io.weir.v1.EndpointJudged;
import io.weir.v1.EndpointStatus;
import io.weir.v1.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Origins die, hang and cannot be reached, the controller goes away and comes back, and agents are
 * cut off, with requests under way. Each test begins with everything running and well, and each has
 * origins of its own to take away from the controller's point of view, so that none is held out for
 * longer because of a test before.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class FailoverTest {
  /** For processes that wait for a core. */
  private static final Duration SLACK = Duration.ofMillis(800);

  private final FailoverFleet fleet = new FailoverFleet();

  @BeforeAll
  void start() {
    fleet.start();
  }

  @AfterAll
  void stop() {
    try (fleet) {
      assertThat(fleet.complaints()).isEmpty();
    }
  }

  @BeforeEach
  void everythingIsWell() {
    fleet.awaitWell();
  }

  @Test
  void an_origin_that_is_killed_costs_no_idempotent_request() {
    try (Load load = fleet.load("a", "b")) {
      Window window = some(load);
      fleet.kill("one");
      more(window);
      assertThat(window.reasons()).isEmpty();
      assertThat(window.served("two")).isPositive();
    } finally {
      fleet.again("one");
    }
  }

  @Test
  void an_origin_that_accepts_but_never_answers_is_taken_out_by_one_round_of_verification() {
    // One of the observers comes to it, its probe times out, and so do those of all agents then:
    // with three of them two each, as fewer failures would convince nobody.
    Duration bound =
        INTERVAL.dividedBy(AGENTS.size()).plus(TIMEOUT).plus(TIMEOUT.multipliedBy(2)).plus(SLACK);
    fleet.signal("x", "STOP");
    long began = System.nanoTime();
    try {
      for (String agent : AGENTS) {
        fleet.awaitHeld(agent, "plain", "x", "unhealthy");
      }
      Duration took = since(began);
      System.out.printf("a hung origin was out of three agents after %d ms%n", took.toMillis());
      assertThat(took).isLessThan(bound);
      assertThat(fleet.status("x").getVerdict()).isEqualTo(Verdict.VERDICT_UNHEALTHY);
    } finally {
      fleet.signal("x", "CONT");
    }
  }

  @Test
  void when_both_primaries_are_gone_the_backup_serves_within_a_second() {
    try (Load load = fleet.load("a", "b", "c")) {
      Window window = some(load);
      fleet.kill("one");
      fleet.kill("two");
      long killed = System.nanoTime();
      more(window);
      double last = window.lastFailureMillis(killed);
      System.out.printf(
          "both primaries gone: %s, the last after %.0f ms%n", window.reasons(), last);
      assertThat(window.served("backup")).isPositive();
      assertThat(last).isLessThan(1_000);
    } finally {
      fleet.again("one");
      fleet.again("two");
    }
  }

  @Test
  void without_a_controller_agents_fail_over_all_the_same_and_come_back() {
    fleet.killController();
    try (Load load = fleet.load("a", "b", "c")) {
      Window window = some(load);
      fleet.kill("one");
      fleet.kill("two");
      long killed = System.nanoTime();
      try {
        more(window);
        for (String agent : AGENTS) {
          fleet.awaitHeld(agent, "first", "one", "unhealthy");
          fleet.awaitHeld(agent, "first", "two", "unhealthy");
        }
        double last = window.lastFailureMillis(killed);
        System.out.printf("and without a controller: %s, %.0f ms%n", window.reasons(), last);
        assertThat(window.served("backup")).isPositive();
        assertThat(last).isLessThan(1_000);
      } finally {
        fleet.again("one");
        fleet.again("two");
      }
      for (String agent : AGENTS) {
        fleet.awaitHeld(agent, "first", "", "healthy");
      }
      Window back = load.next();
      more(back);
      assertThat(back.reasons()).isEmpty();
      assertThat(back.served("backup")).isZero();
    } finally {
      fleet.startController();
    }
  }

  @Test
  void a_controller_that_comes_back_keeps_its_verdicts() {
    long before = last();
    fleet.kill("z");
    try {
      Await.until(
          "z to be judged, and that to be in the store",
          SOON,
          () ->
              fleet.status("z").getVerdict() == Verdict.VERDICT_UNHEALTHY
                  && !decisionsAfter(before).isEmpty());
      EndpointStatus judged = fleet.status("z");
      fleet.killController();
      fleet.startController();
      EndpointStatus reloaded = fleet.status("z");
      assertThat(reloaded.getVerdict()).isEqualTo(Verdict.VERDICT_UNHEALTHY);
      assertThat(reloaded.getDecision()).isEqualTo(judged.getDecision());
      assertThat(reloaded.getVerdictReason()).isEqualTo(judged.getVerdictReason());
    } finally {
      fleet.again("z");
    }
    Await.until(
        "z to be back, and that to be in the store",
        SOON,
        () ->
            fleet.status("z").getVerdict() == Verdict.VERDICT_HEALTHY
                && decisionsAfter(before).size() > 1);
    List<Decision> since = decisionsAfter(before);
    assertThat(since)
        .extracting(decision -> decision.getEndpoint().getVerdict())
        .containsExactly(Verdict.VERDICT_UNHEALTHY, Verdict.VERDICT_HEALTHY);
    assertThat(since.getLast().getTerm()).isGreaterThan(since.getFirst().getTerm());
    assertThat(since.getLast().getNumber()).isEqualTo(before + 2);
  }

  @Test
  void an_agent_that_cannot_reach_the_origins_fails_over_alone_and_is_named() {
    Namespace namespace = namespace();
    long before = last();
    try (Load others = fleet.load("a", "b")) {
      Window undisturbed = some(others);
      long began = System.nanoTime();
      namespace.cut(namespace.originHost());
      try {
        fleet.awaitHeld("c", "first", "one", "unhealthy");
        fleet.awaitHeld("c", "first", "two", "unhealthy");
        System.out.printf(
            "an agent that was cut off from its origins used the backup after %d ms%n",
            since(began).toMillis());
        Await.until("c to be named", SOON, () -> !fleet.agent("c").getDistrusted().isEmpty());
        EndpointJudged told = unreachedBy("c", before).getFirst();
        assertThat(fleet.ctl("explain", "endpoint", told.getPool(), told.getEndpoint()))
            .contains("only c did not reach it")
            .containsPattern("c +-.*(failed|timed out)");
      } finally {
        namespace.mend(namespace.originHost());
      }
      fleet.awaitWell();
      assertThat(undisturbed.reasons()).isEmpty();
      assertThat(undisturbed.served("backup")).isZero();
    }
    assertThat(decisionsAfter(before))
        .allSatisfy(decision -> {
          assertThat(decision.getEndpoint().getVerdict()).isNotEqualTo(Verdict.VERDICT_UNHEALTHY);
          assertThat(decision.getSubjectCase()).isNotEqualTo(SubjectCase.POOL);
        })
        .anySatisfy(decision ->
            assertThat(decision.getEndpoint().getUnreachedByList()).containsExactly("c"));
  }

  @Test
  void an_agent_that_is_cut_off_from_everything_is_told_from_one_that_lost_the_controller_only() {
    Namespace namespace = namespace();
    long before = last();
    try (Load others = fleet.load("a", "b")) {
      Window undisturbed = some(others);
      List<String> all =
          List.of(namespace.controllerHost(), namespace.originHost(), namespace.agentHost());
      try {
        namespace.cut(namespace.controllerHost());
        awaitReachability("c", Reachability.REACHABILITY_CUT_OFF);
        assertThat(fleet.agent("c").getAliveTo()).isEqualTo(2);
        all.forEach(namespace::cut);
        awaitReachability("c", Reachability.REACHABILITY_DEAD);
      } finally {
        all.forEach(namespace::mend);
      }
      fleet.awaitWell();
      assertThat(undisturbed.reasons()).isEmpty();
      assertThat(undisturbed.served("backup")).isZero();
    }
    assertThat(decisionsAfter(before))
        .allSatisfy(decision ->
            assertThat(decision.getEndpoint().getVerdict())
                .isNotEqualTo(Verdict.VERDICT_UNHEALTHY));
  }

  private Namespace namespace() {
    assumeTrue(fleet.namespace().isPresent(), () -> Namespace.missing().orElse(""));
    return fleet.namespace().orElseThrow();
  }

  private void awaitReachability(String agent, Reachability reachability) {
    long began = System.nanoTime();
    fleet
        .admin()
        .awaitAgents(
            List.of(agent),
            "to be " + reachability,
            status -> status.getReachability() == reachability);
    System.out.printf("%s was %s after %d ms%n", agent, reachability, since(began).toMillis());
  }

  private static Window some(Load load) {
    Window window = load.next();
    Await.until("some requests", SOON, () -> window.requests() > 100);
    return window;
  }

  private static void more(Window window) {
    long before = window.requests();
    Await.until("more requests", SOON, () -> window.requests() > before + 450);
  }

  private static Duration since(long began) {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private List<Decision> decisionsAfter(long number) {
    return fleet.admin().decisions().stream()
        .filter(decision -> decision.getNumber() > number)
        .toList();
  }

  /** Endpoints that only {@code agent} was found not to reach before it was named. */
  private List<EndpointJudged> unreachedBy(String agent, long number) {
    return decisionsAfter(number).stream()
        .map(Decision::getEndpoint)
        .filter(judged -> judged.getUnreachedByList().equals(List.of(agent)))
        .toList();
  }

  /** Number of the newest decision; 0: there is none. */
  private long last() {
    return fleet.admin().decisions().stream().mapToLong(Decision::getNumber).max().orElse(0);
  }
}
