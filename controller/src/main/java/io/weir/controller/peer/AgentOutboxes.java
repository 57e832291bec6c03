package io.weir.controller.peer;

import io.weir.controller.stream.Outbox;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Dismissal;
import io.weir.v1.LeaderMessage;
import io.weir.v1.ToAgent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SequencedMap;

/**
 * What the agents of one follower are still to be told, agent by agent in turn. Not thread-safe.
 */
final class AgentOutboxes {
  private final SequencedMap<String, Dismissal> dismissals = new LinkedHashMap<>();
  private final SequencedMap<String, Outbox> agents = new LinkedHashMap<>();

  void put(String agent, ControllerMessage message) {
    agents.computeIfAbsent(agent, _ -> new Outbox()).put(message);
  }

  void put(Dismissal dismissal) {
    agents.remove(dismissal.getAgent());
    dismissals.put(dismissal.getAgent(), dismissal);
  }

  boolean isEmpty() {
    return dismissals.isEmpty() && agents.isEmpty();
  }

  LeaderMessage take() {
    Map.Entry<String, Dismissal> dismissal = dismissals.pollFirstEntry();
    if (dismissal != null) {
      return LeaderMessage.newBuilder().setDismissal(dismissal.getValue()).build();
    }
    Map.Entry<String, Outbox> agent = agents.pollFirstEntry();
    if (agent == null) {
      throw new NoSuchElementException("nothing to say");
    }
    ToAgent next =
        ToAgent.newBuilder()
            .setAgent(agent.getKey())
            .setMessage(agent.getValue().takeMessage())
            .build();
    if (!agent.getValue().isEmpty()) {
      agents.putLast(agent.getKey(), agent.getValue());
    }
    return LeaderMessage.newBuilder().setTo(next).build();
  }

  void clear() {
    dismissals.clear();
    agents.clear();
  }
}
