package io.weir.cli.command;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Failures;
import io.weir.cli.view.RolloutRows;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutTransition;
import io.weir.v1.StagedChange;
import io.weir.v1.WatchRolloutRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Follows a rollout to its end, and says what becomes of it. */
final class Following {
  private static final long TOLD_EVERY = TimeUnit.SECONDS.toNanos(1);
  private static final int ATTEMPTS = 30;
  private static final long PAUSE_MILLIS = Duration.ofSeconds(1).toMillis();

  private final WeirCtl ctl;
  private final long number;
  private int told;
  private String progress = "";
  private long toldAt = System.nanoTime();

  Following(WeirCtl ctl, long number) {
    this.ctl = ctl;
    this.number = number;
  }

  /**
   * Survives a controller that goes away for a while.
   *
   * @return whether the change is declared now
   */
  boolean toTheEnd() {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
        return follow(connection);
      } catch (CtlException e) {
        if (attempt == ATTEMPTS || told == 0) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CtlException.told();
    }
  }

  private boolean follow(Connection connection) {
    BlockingClientCall<?, StagedChange> call =
        connection
            .streams()
            .watchRollout(WatchRolloutRequest.newBuilder().setNumber(number).build());
    try {
      while (true) {
        StagedChange change = call.read();
        if (change == null) {
          throw CtlException.error("the controller ended the watch before its time; try again");
        }
        tell(change);
        if (RolloutRows.isOver(change.getState())) {
          return change.getState() == RolloutState.ROLLOUT_STATE_COMMITTED;
        }
      }
    } catch (StatusException e) {
      throw Failures.explain(e, connection.address().toString(), connection.timeout());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CtlException.told();
    } finally {
      call.cancel("the command is over", null);
    }
  }

  private void tell(StagedChange change) {
    for (RolloutTransition transition : change.getTransitionsList()) {
      if (transition.getIndex() > told) {
        told = transition.getIndex();
        ctl.out()
            .println(
                "rollout %d %s: %s"
                    .formatted(
                        number,
                        RolloutRows.word(transition.getState(), transition.getPaused()),
                        transition.getReason()));
        ctl.out().flush();
      }
    }
    String now = RolloutRows.progress(change);
    long at = System.nanoTime();
    if (change.hasProgress() && !now.equals(progress) && at - toldAt >= TOLD_EVERY) {
      progress = now;
      toldAt = at;
      ctl.console().err().println(now);
      ctl.console().err().flush();
    }
  }
}
