package io.weir.controller.reconcile;

import io.weir.controller.reconcile.AgentEntry.Connection;
import io.weir.controller.session.Session;
import io.weir.controller.session.SessionEvent;
import io.weir.controller.session.SessionState;
import io.weir.controller.session.Step;
import io.weir.controller.session.Step.Effect;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.controller.snapshot.Group;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the agents that are connected to this controller run what they should, each by its {@link
 * Session}. Confined to the loop's thread.
 */
final class Sessions {
  private static final Logger log = LoggerFactory.getLogger(Sessions.class);

  /** Bytes of whole snapshots, and how long an agent may take with one before others go, s. */
  private static final long SNAPSHOTS_UNDERWAY = 64L << 20;

  private static final int PATIENCE = 5;

  /** One in so many agents is few. */
  private static final int FEW = 20;

  private final InstantSource clock;
  private final Wire wire;
  private final FleetEvents events;
  private final BiConsumer<AgentEntry, String> breach;
  private final Settling settling = new Settling();

  // Have yet to answer to what they were sent.
  private final Set<AgentChannel> owing = new HashSet<>();
  private final Admission admission = new Admission(SNAPSHOTS_UNDERWAY, PATIENCE);
  private boolean ticking;

  /**
   * @param breach ends the stream of an agent, with that sentence
   */
  Sessions(
      InstantSource clock, Wire wire, FleetEvents events, BiConsumer<AgentEntry, String> breach) {
    this.clock = clock;
    this.wire = wire;
    this.events = events;
    this.breach = breach;
  }

  /** A stream has begun. */
  void begun(AgentChannel channel) {
    settling.is(channel, false);
  }

  /** It has ended. */
  void ended(AgentChannel channel) {
    settling.is(channel, true);
    owing.remove(channel);
    admission.over(channel);
  }

  /** What its group runs now is what it should run. */
  void desire(AgentEntry entry, Connection on, Group group) {
    on.told = group.current();
    step(entry, on, new SessionEvent.Desired(desired(group, on)));
  }

  /**
   * Never of a revision before the one that the agent came with, which it would refuse: what is
   * current now was so then.
   */
  private static AgentSnapshot desired(Group group, Connection on) {
    AgentSnapshot current = group.current();
    return current.at(Math.max(current.revision(), on.cameWith));
  }

  void step(AgentEntry entry, Connection on, SessionEvent event) {
    SessionState before = on.state;
    Step step = Session.next(before, event, clock.instant());
    on.state = step.state();
    settling.is(on.channel, step.state() instanceof SessionState.Synced);
    if (step.state() instanceof SessionState.AwaitingAck) {
      owing.add(on.channel);
    } else {
      owing.remove(on.channel);
      admission.over(on.channel);
    }
    step.state()
        .known()
        .ifPresent(running -> {
          entry.ackedRevision = running.revision();
        });
    log(entry, before, step.state());
    switch (step.effect()) {
      case Effect.Nothing _ -> {}
      case Effect.SendSnapshot send -> {
        Encoded whole = wire.snapshot(send.snapshot());
        admission.enter(on.channel, whole.bytes().size(), () -> on.channel.send(whole));
        tickAdmission();
      }
      case Effect.SendDelta send -> on.channel.send(wire.delta(send.base(), send.next()));
      case Effect.Close close -> breach.accept(entry, close.sentence());
    }
  }

  private void tickAdmission() {
    if (admission.areAnyWaiting() && !ticking) {
      ticking = true;
      events.soon(() -> {
        ticking = false;
        admission.tick();
        tickAdmission();
      });
    }
  }

  private static void log(AgentEntry entry, SessionState before, SessionState after) {
    switch (after) {
      case SessionState.Synced synced when !(before instanceof SessionState.Synced) ->
          log.atDebug()
              .addKeyValue("agent", entry.name)
              .addKeyValue("revision", synced.running().revision())
              .log("agent synced");
      case SessionState.Rejected rejected when !(before instanceof SessionState.Rejected) ->
          log.atWarn()
              .addKeyValue("agent", entry.name)
              .addKeyValue("revision", rejected.refused().revision())
              .addKeyValue("field", rejected.violations().getFirst().getField())
              .addKeyValue("reason", rejected.violations().getFirst().getReason())
              .log("agent rejected what it should run");
      case SessionState.Syncing _,
          SessionState.AwaitingAck _,
          SessionState.Synced _,
          SessionState.Rejected _ -> {}
    }
  }

  /** All agents have been looked at as of this revision of the store. */
  void seen(long revision) {
    settling.seen(revision);
  }

  /** Completes once {@code revision} was seen and every one of the agents runs what it should. */
  CompletableFuture<Void> settled(long revision) {
    return settling.at(revision);
  }

  /**
   * Whether more than a few have yet to answer to what they were sent.
   *
   * @param connected how many agents there are
   */
  boolean areManyOwing(int connected) {
    return owing.size() > connected / FEW;
  }
}
