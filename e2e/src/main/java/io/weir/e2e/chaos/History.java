package io.weir.e2e.chaos;

import java.util.List;
import java.util.Map;

/**
 * What was seen from outside, and what was there in the end.
 *
 * @param writes of all clients, of each in the order in which it made them
 * @param sightings of all agents, of each in the order in which they came
 * @param journal what the store holds of writes, oldest first
 * @param declared by pool: the address that the store has in the end
 * @param held by agent and pool: the address that the agent runs in the end
 */
public record History(
    List<Write> writes,
    List<Sighting> sightings,
    List<Journaled> journal,
    Map<String, String> declared,
    Map<String, Map<String, String>> held) {
  public History {
    writes = List.copyOf(writes);
    sightings = List.copyOf(sightings);
    journal = List.copyOf(journal);
    declared = Map.copyOf(declared);
    held = Map.copyOf(held);
  }

  /** How a write ended for its client. */
  public enum Outcome {
    ACKED,
    REFUSED,
    /** There was no answer, or one that does not tell. */
    UNKNOWN
  }

  /**
   * One write of a client.
   *
   * @param id unique
   * @param revision as acknowledged; 0: it was not
   */
  public record Write(int client, String id, Outcome outcome, long revision) {}

  /**
   * An agent was sent this.
   *
   * @param content a hash of what the agent holds with it; 0: it did not take it
   */
  public record Sighting(int agent, String epoch, long revision, long content) {}

  /** A write in the store. */
  public record Journaled(long revision, String id) {}
}
