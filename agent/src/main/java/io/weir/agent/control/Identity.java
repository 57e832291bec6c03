package io.weir.agent.control;

import java.util.Map;

/**
 * Who this agent says it is.
 *
 * @param cluster must be the controller's
 * @param name unique in the cluster
 * @param version of this program
 * @param instance chosen at random by each process
 * @param gossip where it hears other agents, "host:port"; empty: nowhere
 */
public record Identity(
    String cluster,
    String name,
    Map<String, String> labels,
    String version,
    String instance,
    String gossip) {
  public Identity {
    labels = Map.copyOf(labels);
  }
}
