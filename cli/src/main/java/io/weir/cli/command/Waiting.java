package io.weir.cli.command;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Failures;
import io.weir.cli.view.Description;
import io.weir.cli.yaml.Durations;
import io.weir.v1.AwaitProgress;
import io.weir.v1.AwaitRequest;
import io.weir.v1.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits until agents run a revision, and says how far it is. */
final class Waiting {
  private static final long TOLD_EVERY = TimeUnit.SECONDS.toNanos(1);

  private final WeirCtl ctl;
  private final Connection connection;
  private final Duration timeout;
  private long toldAt = System.nanoTime();
  private AwaitProgress newest = AwaitProgress.getDefaultInstance();

  Waiting(WeirCtl ctl, Connection connection, Duration timeout) {
    this.ctl = ctl;
    this.connection = connection;
    this.timeout = timeout;
  }

  /**
   * Returns once it is reached.
   *
   * @param revision 0: the newest
   * @param percent of the connected agents
   * @throws CtlException when an agent refused and nothing is left to wait for, or after the
   *     time-out
   */
  void await(long revision, int percent) {
    BlockingClientCall<?, AwaitProgress> call =
        connection
            .streams()
            .await(AwaitRequest.newBuilder().setRevision(revision).setPercent(percent).build());
    long end = System.nanoTime() + timeout.toNanos();
    try {
      while (true) {
        AwaitProgress progress =
            call.read(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        if (progress == null) {
          throw CtlException.error("the controller ended the wait before its time; try again");
        }
        newest = progress;
        if (progress.getReached()) {
          reached();
          return;
        }
        if (progress.getRejected() > 0
            && progress.getCurrent() + progress.getRejected() == progress.getConnected()) {
          throw CtlException.error(
              refusals(),
              "%s; %s refused it and run on with what they had"
                  .formatted(state(), agents(progress.getRejected())));
        }
        tell();
      }
    } catch (TimeoutException e) {
      throw CtlException.error(
          refusals(), "after %s %s%s".formatted(Durations.format(timeout), state(), stragglers()));
    } catch (StatusException e) {
      throw Failures.explain(e, connection.address().toString(), connection.timeout());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CtlException.told();
    } finally {
      call.cancel("the command is over", null);
    }
  }

  private void reached() {
    refusals().forEach(line -> ctl.console().err().println(line));
    if (newest.getConnected() == 0) {
      ctl.out().println("there are no agents yet");
    } else {
      ctl.out().println(state());
    }
    if (newest.getStale() > 0) {
      ctl.console()
          .err()
          .println(
              "%s not connected; see weir ctl status"
                  .formatted(newest.getStale() == 1 ? "1 agent is" : newest.getStale() + " are"));
    }
  }

  /** At most once a second. */
  private void tell() {
    long now = System.nanoTime();
    if (now - toldAt >= TOLD_EVERY) {
      toldAt = now;
      ctl.console().err().println(state() + stragglers());
      ctl.console().err().flush();
    }
  }

  private String state() {
    return newest.getConnected() == 0
        ? "no agent is connected to run revision %d".formatted(newest.getRevision())
        : "%d of %s run revision %d"
            .formatted(newest.getCurrent(), agents(newest.getConnected()), newest.getRevision());
  }

  private static String agents(int count) {
    return count == 1 ? "1 agent" : count + " agents";
  }

  private String stragglers() {
    int left = newest.getConnected() - newest.getCurrent() - newest.getRejected();
    if (left == 0) {
      return "";
    }
    String named = String.join(", ", newest.getPendingList());
    int more = left - newest.getPendingCount();
    return "; no answer yet from " + named + (more > 0 ? " and %d more".formatted(more) : "");
  }

  private List<String> refusals() {
    List<String> lines = new ArrayList<>();
    for (AwaitProgress.RejectedBy refusal : newest.getRefusalsList()) {
      for (Violation violation : refusal.getViolationsList()) {
        lines.add(
            "agent %s REJECTED revision %d: %s"
                .formatted(refusal.getAgent(), refusal.getRevision(), Description.text(violation)));
      }
    }
    int more = newest.getRejected() - newest.getRefusalsCount();
    if (more > 0) {
      lines.add("and %d more".formatted(more));
    }
    return lines;
  }
}
