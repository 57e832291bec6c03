package io.weir.agent.control;

import com.google.protobuf.ByteString;
import io.weir.v1.Snapshot;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For an agent that has nothing to run and hears no controller: asks other agents for what they
 * run, and takes, of what the cluster has signed, what fits its labels best. Ends for good once
 * anything runs, from wherever it came. Confined to the control thread but for {@link #offered}.
 */
public final class PeerSnapshots {
  private static final Logger log = LoggerFactory.getLogger(PeerSnapshots.class);

  /** A controller that is there has answered by then. */
  private static final Duration FIRST = Duration.ofSeconds(2);

  private static final Duration ANSWERS = Duration.ofSeconds(1);
  private static final Duration AGAIN = Duration.ofSeconds(4);

  private final Map<String, String> labels;
  private final RunningConfig running;
  private final ScheduledExecutorService control;
  private final Peers peers;
  private @Nullable Borrowed best;

  /** The other agents. */
  public interface Peers {
    /** Asks some of them; what comes is told to {@link PeerSnapshots#offered}. */
    void fetch();

    /** Whose signature is to be trusted; empty while that is not known. */
    ByteString signer();
  }

  /**
   * @param labels this agent's
   */
  public PeerSnapshots(
      Map<String, String> labels,
      RunningConfig running,
      ScheduledExecutorService control,
      Peers peers) {
    this.labels = Map.copyOf(labels);
    this.running = running;
    this.control = control;
    this.peers = peers;
  }

  public void start() {
    after(FIRST, this::ask);
  }

  private void after(Duration delay, Runnable task) {
    var _ = control.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void ask() {
    if (!running.serving()) {
      peers.fetch();
      after(ANSWERS, this::choose);
    }
  }

  /** Any thread. */
  public void offered(Snapshot snapshot, String agent) {
    control.execute(() -> {
      if (running.serving()) {
        return;
      }
      if (!SnapshotSignature.isValid(snapshot, peers.signer())) {
        log.atWarn()
            .addKeyValue("agent", agent)
            .addKeyValue("revision", snapshot.getRevision())
            .log("another agent offers a snapshot that the cluster has not signed");
        return;
      }
      Borrowed offer = Borrowed.of(snapshot, labels);
      if (offer.listeners() > 0 && (best == null || offer.isBetterThan(best))) {
        best = offer;
      }
    });
  }

  private void choose() {
    Borrowed offer = best;
    best = null;
    if (offer == null || running.serving()) {
      after(AGAIN, this::ask);
      return;
    }
    Snapshot chosen = offer.snapshot();
    var _ =
        running
            .adopt(chosen)
            .thenAccept(refusals -> {
              if (refusals.isEmpty()) {
                log.atInfo()
                    .addKeyValue("revision", chosen.getRevision())
                    .addKeyValue("listeners", offer.listeners())
                    .log("no controller: running what other agents run");
              } else {
                log.atError()
                    .addKeyValue("revision", chosen.getRevision())
                    .addKeyValue("refusals", RunningConfig.text(refusals))
                    .log("cannot run what other agents run; trying again");
                // Whoever gave it may be gone by then.
                best = offer;
                after(AGAIN, this::ask);
              }
            })
            .whenComplete(RunningConfig::logBug);
  }
}
