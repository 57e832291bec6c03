package io.weir.agent.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.membership.MemberState.Alive;
import io.weir.agent.membership.MemberState.Dead;
import io.weir.agent.membership.MemberState.Left;
import io.weir.agent.membership.MemberState.Suspect;
import io.weir.agent.membership.Step.Event;
import io.weir.agent.membership.Step.Outgoing;
import io.weir.agent.model.Health;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** One member, told by hand what others would say. */
final class RingTest {
  private static final long MILLI = 1_000_000L;
  private static final Peer B = new Peer("b", "host-b");
  private static final Peer C = new Peer("c", "host-c");

  private long now;
  private final Ring ring =
      new Ring(Settings.DEFAULT, new Peer("a", "host-a"), 10, new SplittableRandom(5), 0);
  private final List<Outgoing> sent = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();

  @Test
  void asksASeedForAllItKnowsAndTakesThatOver() {
    ring.seeds(List.of(B, new Peer("a", "host-a")), now);
    pass(100);
    assertThat(sent)
        .anySatisfy(o -> {
          assertThat(o.to()).isEqualTo(B);
          assertThat(o.message())
              .isInstanceOfSatisfying(
                  Message.State.class,
                  state -> {
                    assertThat(state.answer()).isTrue();
                    assertThat(state.members()).contains(new Rumor.Alive("a", "host-a", 10));
                  });
        });
    hear(B, new Message.State(false, List.of(alive(B, 3), alive(C, 4)), List.of()));
    assertThat(ring.state("b")).isEqualTo(new Alive(3));
    assertThat(ring.state("c")).isEqualTo(new Alive(4));
  }

  @Nested
  final class OfItself {
    @Test
    void refutesWhatIsSaidOfItInTheAnswer() {
      hear(B, new Message.Ping(7, "a", List.of(alive(B, 1), new Rumor.Suspect("a", 10, "b"))));
      assertThat(sent)
          .singleElement()
          .satisfies(o ->
              assertThat(o.message())
                  .isInstanceOfSatisfying(
                      Message.Ack.class,
                      ack -> {
                        assertThat(ack.number()).isEqualTo(7);
                        assertThat(ack.rumors()).contains(new Rumor.Alive("a", "host-a", 11));
                      }));
      assertThat(ring.localHealth()).isEqualTo(1);
    }

    @Test
    void doesNotAnswerForAnother() {
      hear(B, new Message.Ping(7, "z", List.of()));
      assertThat(sent).isEmpty();
    }

    @Test
    void outdoesAnEarlierProcessOfItsName() {
      hear(B, new Message.Spread(List.of(new Rumor.Alive("a", "elsewhere", 99))));
      hear(B, new Message.Ping(1, "a", List.of()));
      Message.Ack ack = (Message.Ack) sent.getLast().message();
      assertThat(ack.rumors()).contains(new Rumor.Alive("a", "host-a", 100));
    }

    @Test
    void outdoesWhatAnEarlierProcessObserved() {
      ring.observe("pool", "x:1", Health.HEALTHY);
      Seen old = new Seen("a", "pool", "x:1", Health.UNHEALTHY, 1_000);
      hear(B, new Message.State(false, List.of(alive(B, 1)), List.of(old)));
      pass(200);
      assertThat(rumors())
          .contains(new Rumor.Observed(new Seen("a", "pool", "x:1", Health.HEALTHY, 1_001)))
          .doesNotContain(new Rumor.Observed(old));
    }
  }

  @Nested
  final class OfOthers {
    @Test
    void anOlderIncarnationChangesNothing() {
      hear(B, new Message.Spread(List.of(alive(C, 5), new Rumor.Dead("c", 4, "b"))));
      assertThat(ring.state("c")).isEqualTo(new Alive(5));
    }

    @Test
    void callsOneThatIsSaidToBeDeadAndHoldsItDeadWhenItDoesNotAnswer() {
      hear(B, new Message.Spread(List.of(alive(C, 5), new Rumor.Dead("c", 5, "b"))));
      assertThat(ring.state("c")).isInstanceOf(Suspect.class);
      assertThat(sent)
          .anySatisfy(o -> {
            assertThat(o.to()).isEqualTo(C);
            assertThat(o.message())
                .isInstanceOfSatisfying(
                    Message.Ping.class,
                    ping -> assertThat(ping.rumors()).contains(new Rumor.Suspect("c", 5, "a")));
          });
      pass(400);
      assertThat(ring.state("c")).isEqualTo(new Dead(5));
    }

    @Test
    void doesNotHoldOneDeadThatAnswersTheCall() {
      hear(B, new Message.Spread(List.of(alive(C, 5), new Rumor.Dead("c", 5, "b"))));
      long number = ((Message.Ping) sent.getLast().message()).number();
      hear(C, new Message.Ack(number, List.of(alive(C, 6))));
      pass(400);
      assertThat(events).noneMatch(e -> e instanceof Event.Became b && b.now() instanceof Dead);
    }

    @Test
    void tellsOneThatItHoldsDeadSo() {
      hear(B, new Message.Spread(List.of(alive(C, 5), new Rumor.Dead("c", 5, "b"))));
      pass(400);
      hear(C, new Message.Ping(1, "a", List.of()));
      Message.Ack ack = (Message.Ack) sent.getLast().message();
      assertThat(ack.rumors()).contains(new Rumor.Dead("c", 5, "a"));
    }

    @Test
    void oneThatHasLeftIsNotDeadAndMayComeBack() {
      hear(B, new Message.Spread(List.of(alive(C, 5), new Rumor.Left("c", 5))));
      hear(B, new Message.Spread(List.of(new Rumor.Dead("c", 5, "b"))));
      pass(400);
      assertThat(ring.state("c")).isEqualTo(new Left(5));
      hear(B, new Message.Spread(List.of(alive(C, 6))));
      assertThat(ring.state("c")).isEqualTo(new Alive(6));
    }

    @Test
    void whatOneObservedBeforeItWasLostIsHeardAgainWhenItIsBack() {
      Seen seen = new Seen("c", "pool", "x:1", Health.UNHEALTHY, 7);
      hear(B, new Message.Spread(List.of(alive(C, 5), new Rumor.Observed(seen))));
      hear(B, new Message.Spread(List.of(new Rumor.Left("c", 5))));
      events.clear();
      hear(B, new Message.Spread(List.of(alive(C, 6))));
      assertThat(events).contains(new Event.Heard(seen));
    }

    @Test
    void whatOneOfThemObservesIsHeardOnceAndPassedOn() {
      Seen seen = new Seen("c", "pool", "x:1", Health.UNHEALTHY, 7);
      Message told = new Message.Spread(List.of(alive(B, 1), new Rumor.Observed(seen)));
      hear(B, told);
      hear(B, told);
      assertThat(events).filteredOn(e -> e instanceof Event.Heard).hasSize(1);
      pass(200);
      assertThat(rumors()).contains(new Rumor.Observed(seen));
    }
  }

  @Nested
  final class WhenItStoodStill {
    @Test
    void timersDoNotRunOut() {
      hear(
          B, new Message.Spread(List.of(alive(B, 1), alive(C, 5), new Rumor.Suspect("c", 5, "b"))));
      now += 60_000 * MILLI;
      take(ring.tick(now));
      assertThat(ring.state("c")).isInstanceOf(Suspect.class);
      assertThat(events).anyMatch(e -> e instanceof Event.Stalled);
      assertThat(ring.localHealth()).isEqualTo(1);
    }
  }

  private static Rumor alive(Peer peer, long incarnation) {
    return new Rumor.Alive(peer.name(), peer.address(), incarnation);
  }

  /** All that was sent so far. */
  private List<Rumor> rumors() {
    return sent.stream()
        .flatMap(o ->
            switch (o.message()) {
              case Message.Ping m -> m.rumors().stream();
              case Message.Ack m -> m.rumors().stream();
              case Message.PingRequest m -> m.rumors().stream();
              case Message.Nack m -> m.rumors().stream();
              case Message.Spread m -> m.rumors().stream();
              case Message.State m -> m.members().stream();
            })
        .toList();
  }

  private void hear(Peer from, Message message) {
    take(ring.receive(from, message, now));
  }

  private void pass(long millis) {
    long until = now + millis * MILLI;
    while (ring.nextDue() <= until) {
      now = Math.max(now, ring.nextDue());
      take(ring.tick(now));
    }
    now = until;
  }

  private void take(Step step) {
    sent.addAll(step.send());
    events.addAll(step.events());
  }
}
