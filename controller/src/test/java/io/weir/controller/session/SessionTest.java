package io.weir.controller.session;

import static io.weir.controller.Samples.listener;
import static io.weir.controller.Samples.violation;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.model.ResourceKey;
import io.weir.controller.session.SessionEvent.Acked;
import io.weir.controller.session.SessionEvent.Desired;
import io.weir.controller.session.SessionEvent.Nacked;
import io.weir.controller.session.SessionState.AwaitingAck;
import io.weir.controller.session.SessionState.Rejected;
import io.weir.controller.session.SessionState.Synced;
import io.weir.controller.session.Step.Effect;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.controller.snapshot.Contents;
import io.weir.controller.snapshot.Piece;
import io.weir.controller.snapshot.SnapshotDelta;
import io.weir.v1.Resource;
import io.weir.v1.Violation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class SessionTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Violation WRONG = violation("Pool", "p", "endpoints[0].address", "no");
  private static final Violation GAP = Violation.newBuilder().setReason("no such base").build();

  private static AgentSnapshot at(long revision, int content) {
    return new AgentSnapshot(revision, "s", Contents.of(listener("p", "h:" + content, "q")));
  }

  private static Step on(SessionState state, SessionEvent event) {
    return Session.next(state, event, NOW);
  }

  private static SessionState synced(AgentSnapshot snapshot) {
    return new Synced(snapshot, NOW);
  }

  @Nested
  final class Beginning {
    @Test
    void with_nothing_known_sends_the_whole() {
      Step step = on(Session.start(null, NOW), new Desired(at(5, 1)));
      assertThat(step.effect()).isEqualTo(new Effect.SendSnapshot(at(5, 1)));
      assertThat(step.state()).isInstanceOf(AwaitingAck.class);
    }

    @Test
    void with_what_is_desired_is_synced_at_once_and_sends_nothing() {
      Step step = on(Session.start(at(5, 1), NOW), new Desired(at(5, 1)));
      assertThat(step).isEqualTo(new Step(synced(at(5, 1)), new Effect.Nothing()));
    }

    @Test
    void with_something_older_sends_the_difference() {
      Step step = on(Session.start(at(4, 0), NOW), new Desired(at(5, 1)));
      assertThat(step.effect()).isEqualTo(new Effect.SendDelta(at(4, 0), at(5, 1)));
    }
  }

  @Nested
  final class WhileOneIsOnItsWay {
    private final SessionState waiting = on(synced(at(4, 0)), new Desired(at(5, 1))).state();

    @Test
    void news_wait_and_only_the_newest_is_sent_after_the_ack() {
      Step six = on(waiting, new Desired(at(6, 2)));
      Step seven = on(six.state(), new Desired(at(7, 3)));
      assertThat(seven.effect()).isEqualTo(new Effect.Nothing());

      Step acked = on(seven.state(), new Acked(5));
      assertThat(acked.effect()).isEqualTo(new Effect.SendDelta(at(5, 1), at(7, 3)));
    }

    @Test
    void a_nack_of_what_is_no_longer_wanted_is_answered_with_the_newest() {
      Step newer = on(waiting, new Desired(at(6, 2)));
      Step nacked = on(newer.state(), new Nacked(5, List.of(WRONG)));
      assertThat(nacked.effect()).isEqualTo(new Effect.SendDelta(at(4, 0), at(6, 2)));
    }

    @Test
    void a_delta_without_its_base_there_is_followed_by_the_whole_once() {
      Step gap = on(waiting, new Nacked(5, List.of(GAP)));
      assertThat(gap.effect()).isEqualTo(new Effect.SendSnapshot(at(5, 1)));

      Step again = on(gap.state(), new Nacked(5, List.of(GAP)));
      assertThat(again.effect()).isEqualTo(new Effect.Nothing());
      assertThat(again.state()).isInstanceOf(Rejected.class);
    }

    @Test
    void a_late_nack_changes_nothing() {
      assertThat(on(waiting, new Nacked(4, List.of(WRONG))))
          .isEqualTo(new Step(waiting, new Effect.Nothing()));
    }

    @Test
    void an_ack_of_something_else_ends_the_stream() {
      assertThat(on(waiting, new Acked(9)).effect())
          .isEqualTo(new Effect.Close("the agent acked revision 9, which it was not sent"));
    }
  }

  @Nested
  final class Refused {
    private final SessionState rejected =
        on(on(synced(at(4, 0)), new Desired(at(5, 1))).state(), new Nacked(5, List.of(WRONG)))
            .state();

    @Test
    void keeps_the_reasons_and_is_not_asked_again() {
      assertThat(rejected).isEqualTo(new Rejected(at(4, 0), at(5, 1), List.of(WRONG), NOW));
      assertThat(on(rejected, new Desired(at(5, 1))))
          .isEqualTo(new Step(rejected, new Effect.Nothing()));
    }

    @Test
    void is_asked_again_once_the_content_is_another_one() {
      assertThat(on(rejected, new Desired(at(6, 2))).effect())
          .isEqualTo(new Effect.SendDelta(at(4, 0), at(6, 2)));
    }

    @Test
    void is_synced_when_the_agent_can_after_all() {
      assertThat(on(rejected, new Acked(5)).state()).isEqualTo(synced(at(5, 1)));
    }
  }

  /**
   * An agent that applies what it is sent, refuses now and then, and drops its stream now and then.
   */
  private static final class Model {
    private long revision;
    private NavigableMap<ResourceKey, Resource> holds = new TreeMap<>();

    /** The answer, or null when it is not yet time. */
    private @Nullable SessionEvent inbox;

    private void take(Effect effect, boolean refuses) {
      switch (effect) {
        case Effect.Nothing _ -> {}
        case Effect.SendSnapshot send -> {
          assertThat(inbox).as("one message at a time").isNull();
          NavigableMap<ResourceKey, Resource> next = new TreeMap<>();
          send.snapshot()
              .content()
              .pieces()
              .forEach((key, piece) -> next.put(key, piece.resource()));
          answer(send.snapshot().revision(), next, refuses);
        }
        case Effect.SendDelta send -> {
          assertThat(inbox).as("one message at a time").isNull();
          assertThat(send.base().revision()).as("base of the delta").isEqualTo(revision);
          SnapshotDelta delta = SnapshotDelta.between(send.base().content(), send.next().content());
          NavigableMap<ResourceKey, Resource> next = new TreeMap<>(holds);
          delta.removed().forEach(next::remove);
          delta.changed().forEach(piece -> next.put(piece.key(), piece.resource()));
          assertThat(delta.patches()).isEmpty();
          answer(send.next().revision(), next, refuses);
        }
        case Effect.Close close -> throw new AssertionError(close.sentence());
      }
    }

    private void answer(long sent, NavigableMap<ResourceKey, Resource> content, boolean refuses) {
      if (refuses) {
        inbox = new Nacked(sent, List.of(WRONG));
      } else {
        revision = sent;
        holds = content;
        inbox = new Acked(sent);
      }
    }
  }

  @Test
  void whatever_an_agent_does_it_ends_up_with_the_newest_it_can_run() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    for (int round = 0; round < 2_000; round++) {
      SplittableRandom random = new SplittableRandom(seed + round);
      try {
        converges(random);
      } catch (AssertionError e) {
        throw new AssertionError("replay with -Dweir.seed=" + (seed + round), e);
      }
    }
  }

  /** As a group does it. */
  private static AgentSnapshot advanced(AgentSnapshot before, AgentSnapshot next) {
    return before.sameContent(next) ? before : next;
  }

  private static void converges(SplittableRandom random) {
    Model agent = new Model();
    AgentSnapshot desired = at(1, random.nextInt(3));
    long revision = 1;
    SessionState state = Session.start(null, NOW);
    List<AgentSnapshot> known = new ArrayList<>();
    known.add(desired);
    for (int i = 0; i < 40; i++) {
      SessionEvent event;
      int dice = random.nextInt(10);
      if (dice == 0) {
        // A new stream; the controller finds out what the agent runs, or does not.
        AgentSnapshot runs =
            random.nextBoolean()
                ? null
                : known.stream()
                    .filter(s -> s.revision() == agent.revision)
                    .findFirst()
                    .orElse(null);
        state = Session.start(runs, NOW);
        agent.inbox = null;
        event = new Desired(desired);
      } else if (dice < 5) {
        desired = advanced(desired, at(++revision, random.nextInt(3)));
        known.add(desired);
        event = new Desired(desired);
      } else if (agent.inbox != null) {
        event = agent.inbox;
        agent.inbox = null;
      } else {
        event = new Desired(desired);
      }
      Step step = on(state, event);
      state = step.state();
      agent.take(step.effect(), random.nextInt(4) == 0);
    }
    // From now on it refuses nothing, and the remedy for whatever it refused is declared.
    desired = advanced(desired, at(++revision, 7));
    Step step = on(state, new Desired(desired));
    agent.take(step.effect(), false);
    while (agent.inbox != null) {
      SessionEvent answer = agent.inbox;
      agent.inbox = null;
      step = on(step.state(), answer);
      agent.take(step.effect(), false);
    }
    assertThat(step.state()).isEqualTo(synced(desired));
    assertThat(agent.revision).isEqualTo(desired.revision());
    assertThat(agent.holds.values())
        .containsExactlyElementsOf(
            desired.content().pieces().values().stream().map(Piece::resource).toList());
  }
}
