package io.weir.controller.store;

import java.time.Instant;
import java.util.Optional;

/**
 * Which controller of a cluster leads: at most one at any time, each in a term of its own, higher
 * than all before it. The term is in the store, where decisions are fenced by it.
 */
public interface Leadership extends AutoCloseable {
  /**
   * A controller process.
   *
   * @param id chosen at random by each
   * @param address where agents, operators and other controllers reach it, "host:port"
   */
  record Member(String id, String address, String version, Instant started) {}

  /** The controller that leads, in {@code term}. */
  record Leader(Member member, long term) {}

  /** Called from one thread at a time; must not block. */
  interface Listener {
    /** This controller leads from now on. */
    void leads(long term);

    /** It does not lead now; {@code leader} does. Empty: nobody does. */
    void follows(Optional<Leader> leader);

    /**
     * Whether this controller has not reached the store for so long that its agents are better off
     * with another one, and there is another one.
     */
    void cutOff(boolean now);
  }

  /** Once. Returns at once; takes part from now on. */
  void start(Listener listener);

  /**
   * Whether this controller still leads in {@code term} by its own monotonic clock: false before
   * any other can have taken over. From any thread.
   */
  boolean holds(long term);

  /** This controller does not act in {@code term} any more. From any thread; returns at once. */
  void resign(long term);

  /** Something about who leads may have changed. From any thread; returns at once. */
  void look();

  /** Gives up leading and is no member any more. Blocks for a few seconds at most. */
  @Override
  void close();
}
