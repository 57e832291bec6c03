package io.weir.e2e.sim.fleet;

import io.weir.controller.reconcile.FollowerChannel;
import io.weir.controller.reconcile.LeaderChannel;
import io.weir.controller.store.Leadership.Leader;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Dismissal;
import io.weir.v1.FollowerHello;
import io.weir.v1.FollowerMessage;
import io.weir.v1.LeaderMessage;
import io.weir.v1.ToAgent;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A follower's stream to the leader, opened again for as long as that one leads. */
final class SimLink {
  private static final long FIRST_RETRY = 50_000_000L;
  private static final long LAST_RETRY = 1_000_000_000L;

  private final World world;
  private final SimController self;
  private Optional<Leader> leader = Optional.empty();
  private @Nullable Session session;
  private long retry = FIRST_RETRY;

  SimLink(World world, SimController self) {
    this.world = world;
    this.self = self;
  }

  /** Turns to {@code next}. Empty: to nobody. */
  void follow(Optional<Leader> next) {
    if (next.equals(leader)) {
      return;
    }
    leader = next;
    retry = FIRST_RETRY;
    end();
    open();
  }

  /** The leader, once what agents say gets there. */
  Optional<SimController> linked() {
    Session last = session;
    return last != null && last.linked ? Optional.of(last.other) : Optional.empty();
  }

  /** This process is gone, or follows another. */
  void end() {
    Session last = session;
    session = null;
    if (last != null) {
      last.pipe.end();
    }
  }

  private void open() {
    leader.ifPresent(to ->
        world
            .controllerAt(to.member().address())
            .ifPresentOrElse(
                other -> {
                  Session next = new Session(to, other);
                  session = next;
                  next.greet();
                },
                () -> again(to)));
  }

  private void again(Leader to) {
    long pause = retry + world.random.nextLong(FIRST_RETRY);
    retry = Math.min(2 * retry, LAST_RETRY);
    var _ =
        self.thread.schedule(
            () -> {
              if (session == null && leader.filter(to::equals).isPresent()) {
                open();
              }
            },
            pause,
            TimeUnit.NANOSECONDS);
  }

  /** One stream: its near end is the follower's. */
  private final class Session implements LeaderChannel {
    private final Leader to;
    private final SimController other;
    private final Pipe pipe;
    private final Tail tail = new Tail(this);
    private boolean linked;

    Session(Leader to, SimController other) {
      this.to = to;
      this.other = other;
      this.pipe =
          new Pipe(
              world.time,
              world.network,
              self.host,
              other.host,
              () -> self.isPaused() || other.isPaused(),
              this::ended);
      other.followedBy(pipe);
    }

    void greet() {
      FollowerHello hello =
          FollowerHello.newBuilder()
              .setCluster("sim")
              .setEpoch("sim")
              .setController(self.name)
              .setAddress(self.host + ":1")
              .setTerm(to.term())
              .build();
      pipe.there(() ->
          other.opened(
              tail,
              hello,
              term -> {
                if (term.isPresent()) {
                  pipe.back(() -> welcomed(term.get()));
                } else {
                  pipe.end();
                }
              }));
    }

    private void welcomed(long term) {
      retry = FIRST_RETRY;
      linked = true;
      self.linked(this, term, pipe::end);
      world.disturb(self.name + " follows " + other.name);
    }

    @Override
    public void send(FollowerMessage message) {
      pipe.there(() ->
          other.receive(
              tail,
              message,
              kept -> {
                if (!kept) {
                  pipe.end();
                }
              }));
    }

    private void ended() {
      boolean was = session == this;
      if (was) {
        session = null;
      }
      other.followedNoMore(tail, pipe);
      self.unlinked(this);
      if (was && !self.isDead()) {
        again(to);
      }
    }
  }

  /** The leader's end. */
  private final class Tail implements FollowerChannel {
    private final Session session;

    Tail(Session session) {
      this.session = session;
    }

    @Override
    public void tell(String agent, ControllerMessage message) {
      session.other.told(message);
      LeaderMessage whole =
          LeaderMessage.newBuilder()
              .setTo(ToAgent.newBuilder().setAgent(agent).setMessage(message))
              .build();
      session.pipe.back(() -> self.receive(session, whole));
    }

    @Override
    public void dismiss(Dismissal dismissal) {
      LeaderMessage whole = LeaderMessage.newBuilder().setDismissal(dismissal).build();
      session.pipe.back(() -> self.receive(session, whole));
    }

    @Override
    public void close(String sentence) {
      session.pipe.end();
    }
  }
}
