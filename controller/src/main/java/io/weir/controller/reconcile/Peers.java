package io.weir.controller.reconcile;

import io.weir.v1.FollowerHello;
import io.weir.v1.FollowerMessage;
import io.weir.v1.LeaderMessage;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The ways between controllers: from one that follows to the leader, and back. All methods are safe
 * from any thread and return at once, but for {@link #standings}, which waits for its turn.
 */
public final class Peers {
  private final Turns turns;
  private final Seat seat;
  private final Fleet fleet;
  private final Followers followers;
  private final LongSupplier revision;

  /**
   * @param revision of the store, as far as it was seen
   */
  Peers(Turns turns, Seat seat, Fleet fleet, Followers followers, LongSupplier revision) {
    this.turns = turns;
    this.seat = seat;
    this.fleet = fleet;
    this.followers = followers;
    this.revision = revision;
  }

  /** The leader's stream takes what agents say from now on. {@code over} runs when it is not it. */
  public void linked(LeaderChannel channel, long term, Runnable over) {
    turns.post(() -> {
      if (seat.linked(channel, term)) {
        seat.standing(revision.getAsLong());
      } else {
        over.run();
      }
    });
  }

  /** What the leader says to an agent, or of one; {@code done} is called once it was dealt with. */
  public void receive(LeaderChannel channel, LeaderMessage message, Runnable done) {
    turns.post(() -> {
      if (seat.isLinked(channel)) {
        switch (message.getMessageCase()) {
          case TO -> fleet.tell(message.getTo());
          case DISMISSAL -> fleet.dismiss(message.getDismissal());
          case WELCOME, MESSAGE_NOT_SET -> {}
        }
      }
      done.run();
    });
  }

  public void unlinked(LeaderChannel channel) {
    turns.post(() -> seat.unlinked(channel));
  }

  /**
   * A controller follows.
   *
   * @param answer the term in which this one leads; empty: it does not. On the loop's thread
   */
  public void opened(
      FollowerChannel channel, FollowerHello hello, Consumer<Optional<Long>> answer) {
    turns.post(() -> {
      boolean leading = seat.conclusions().isPresent();
      answer.accept(leading ? Optional.of(seat.term()) : Optional.empty());
      if (leading) {
        followers.opened(hello, channel);
      }
    });
  }

  /** Any later message of a follower; {@code done} is told whether it keeps the contract. */
  public void receive(FollowerChannel channel, FollowerMessage message, Consumer<Boolean> done) {
    turns.post(() -> done.accept(followers.receive(channel, message)));
  }

  public void closed(FollowerChannel channel) {
    turns.post(() -> {
      if (followers.closed(channel)) {
        seat.conclusions().ifPresent(Conclusions::lostSight);
      }
    });
  }

  /**
   * As this controller knows the cluster; who is there is for the store to say.
   *
   * @param revision of the store, as far as it was seen here
   * @param followers by id; empty unless this controller leads
   */
  public record Standings(
      long revision, long term, boolean leading, int agents, Map<String, Standing> followers) {
    public Standings {
      followers = Map.copyOf(followers);
    }
  }

  /** One follower: how many agents it has, and how far it has seen the store. */
  public record Standing(int agents, long revision) {}

  public Standings standings() {
    return turns.ask(() ->
        new Standings(
            revision.getAsLong(),
            seat.term(),
            seat.conclusions().isPresent(),
            fleet.agents().connections(),
            followers.standings()));
  }
}
