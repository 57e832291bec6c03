package io.weir.controller.reconcile;

import io.weir.controller.failover.Batch;
import io.weir.controller.failover.Records;
import io.weir.controller.store.StoreException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and writes decisions off the loop, again and again until the store has answered. What comes
 * of it comes on the loop's thread, on which this is called.
 */
final class DecisionWriter {
  private static final Logger log = LoggerFactory.getLogger(DecisionWriter.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final long term;
  private final DecisionLog decisionLog;
  private final Executor io;
  private final Executor loop;
  private final BiConsumer<Duration, Runnable> later;
  private final Runnable superseded;

  /**
   * @param io for calls that block
   * @param loop runs a task on the loop; callable from any thread
   * @param later runs a task on the loop after a while
   * @param superseded runs when the term is another controller's
   */
  DecisionWriter(
      long term,
      DecisionLog decisionLog,
      Executor io,
      Executor loop,
      BiConsumer<Duration, Runnable> later,
      Runnable superseded) {
    this.term = term;
    this.decisionLog = decisionLog;
    this.io = io;
    this.loop = loop;
    this.later = later;
    this.superseded = superseded;
  }

  /** What earlier controllers decided. */
  void read(Consumer<DecisionLog.Loaded> found) {
    io.execute(() -> {
      try {
        var loaded = decisionLog.load(term);
        loop.execute(() -> loaded.ifPresentOrElse(found, superseded));
      } catch (StoreException e) {
        log.atWarn()
            .addKeyValue("reason", e.getMessage())
            .addKeyValue("retry", RETRY)
            .log("cannot read earlier decisions; nothing is judged meanwhile");
        loop.execute(() -> later.accept(RETRY, () -> read(found)));
      }
    });
  }

  /**
   * @param after what is then recorded of pools and endpoints
   */
  void write(Batch batch, Records after, Runnable written) {
    io.execute(() -> {
      try {
        DecisionLog.Outcome outcome = decisionLog.write(batch, after);
        loop.execute(
            switch (outcome) {
              case WRITTEN -> written;
              case SUPERSEDED -> superseded;
            });
      } catch (StoreException e) {
        log.atWarn()
            .addKeyValue("decisions", batch.decisions().size())
            .addKeyValue("reason", e.getMessage())
            .log("cannot write what was decided; trying again");
        loop.execute(() -> later.accept(RETRY, () -> write(batch, after, written)));
      }
    });
  }
}
