package io.weir.controller.reconcile;

import io.weir.controller.reconcile.AgentEntry.Connection;
import io.weir.controller.session.Session;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.controller.snapshot.Group;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what an agent runs that connects, so that it need not be sent what it has. Confined to
 * the loop's thread.
 */
final class Resuming {
  private static final Logger log = LoggerFactory.getLogger(Resuming.class);

  private final PastConfigs past;
  private final Grouping grouping;
  private final InstantSource clock;
  private final FleetEvents events;
  private final Consumer<AgentEntry> again;

  /**
   * @param again looks at the agent again: its session can begin, or should by now
   */
  Resuming(
      PastConfigs past,
      Grouping grouping,
      InstantSource clock,
      FleetEvents events,
      Consumer<AgentEntry> again) {
    this.past = past;
    this.grouping = grouping;
    this.clock = clock;
    this.events = events;
    this.again = again;
  }

  void resume(AgentEntry entry, Connection on, Group group) {
    long revision = entry.ackedRevision;
    on.cameWith = Math.max(on.cameWith, revision);
    if (revision > grouping.revision()) {
      // Somebody has seen more of the store than is known here: nothing is said until that is.
      ask(entry, on, revision);
    } else if (revision == 0 || !on.hello.getScope().equals(group.scope())) {
      resumed(entry, on, null);
    } else {
      group
          .at(revision)
          .ifPresentOrElse(runs -> resumed(entry, on, runs), () -> ask(entry, on, revision));
    }
  }

  private void ask(AgentEntry entry, Connection on, long revision) {
    if (on.asking) {
      return;
    }
    on.asking = true;
    var _ =
        past.at(revision)
            .thenAccept(answer -> {
              on.asking = false;
              if (entry.connection == on && !on.resumed) {
                answered(entry, on, revision, answer);
              }
            });
  }

  private void answered(AgentEntry entry, Connection on, long revision, PastConfigs.Past answer) {
    Group group = grouping.join(entry);
    boolean behind = revision > grouping.revision();
    switch (answer) {
      case PastConfigs.Past.Future future -> {
        if (behind) {
          log.atError()
              .addKeyValue("agent", entry.name)
              .addKeyValue("runs", revision)
              .addKeyValue("store", future.newest())
              .log("an agent runs a revision that the store has never had; was it put back?");
          events.storeWentBack(revision, future.newest());
        }
        events.soon(() -> again.accept(entry));
      }
      case PastConfigs.Past.Known known -> {
        if (behind) {
          // The store has it, so that it will be seen here, too.
          events.soon(() -> again.accept(entry));
        } else if (on.hello.getScope().equals(group.scope()) && !grouping.isSought(group)) {
          resumed(entry, on, group.recall(revision, known.catalog()));
        } else {
          resumed(entry, on, null);
        }
      }
      case PastConfigs.Past.Forgotten _ -> {
        if (behind) {
          events.soon(() -> again.accept(entry));
        } else {
          resumed(entry, on, null);
        }
      }
    }
  }

  private void resumed(AgentEntry entry, Connection on, @Nullable AgentSnapshot runs) {
    on.resumed = true;
    on.state = Session.start(runs, clock.instant());
    again.accept(entry);
  }
}
