package io.weir.controller.peer;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.weir.v1.AgentGone;
import io.weir.v1.AgentHere;
import io.weir.v1.AgentMessage;
import io.weir.v1.FollowerMessage;
import io.weir.v1.FollowerStanding;
import io.weir.v1.FromAgent;
import io.weir.v1.HealthReport;
import io.weir.v1.Observation;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a follower has still to tell the leader, agent by agent in turn: that a stream has ended,
 * then how the agent stands, then of what it says the newest of each kind, and of its endpoints
 * each one's newest observation; and after all that, how far the store was seen, since that is
 * meant to hold for what was said before. Not thread-safe.
 */
final class AgentReports {
  private static final int MOST_GONE = 4;

  private record Target(String pool, String endpoint) {}

  /** With when it was sent, by the agent's clock; empty: not told. */
  private record Observed(Observation observation, Optional<Duration> sent) {
    /** As it would be said at a later time, by the same clock. */
    Observation at(Optional<Duration> later) {
      if (sent.isEmpty() || later.isEmpty() || !observation.hasProbed()) {
        return observation;
      }
      Duration passed = Durations.subtract(later.get(), sent.get());
      return observation.toBuilder()
          .setProbed(Durations.add(observation.getProbed(), passed))
          .build();
    }
  }

  private final SequencedMap<String, Waiting> agents = new LinkedHashMap<>();
  private @Nullable FollowerMessage hello;
  private @Nullable FollowerStanding standing;

  private static final class Waiting {
    final Deque<AgentGone> gone = new ArrayDeque<>();
    @Nullable AgentHere here;
    final Map<AgentMessage.MessageCase, AgentMessage> newest =
        new EnumMap<>(AgentMessage.MessageCase.class);
    final Map<Target, Observed> observations = new LinkedHashMap<>();
    Optional<Duration> sent = Optional.empty();
    boolean complete;

    boolean isEmpty() {
      return gone.isEmpty()
          && here == null
          && newest.isEmpty()
          && observations.isEmpty()
          && !complete;
    }

    void ended(AgentGone next) {
      here = null;
      newest.clear();
      observations.clear();
      complete = false;
      // What the leader knows of is the oldest; of those in between it never heard.
      if (gone.size() == MOST_GONE) {
        gone.removeLast();
      }
      gone.addLast(next);
    }

    void said(AgentMessage message) {
      if (!message.hasHealth()) {
        newest.put(message.getMessageCase(), message);
        return;
      }
      HealthReport report = message.getHealth();
      if (report.getComplete()) {
        complete = true;
        observations.clear();
      }
      sent = report.hasSent() ? Optional.of(report.getSent()) : Optional.empty();
      for (Observation one : report.getObservationsList()) {
        observations.put(new Target(one.getPool(), one.getEndpoint()), new Observed(one, sent));
      }
    }

    FollowerMessage take(String name) {
      AgentGone ended = gone.pollFirst();
      if (ended != null) {
        return FollowerMessage.newBuilder().setGone(ended).build();
      }
      AgentHere stands = here;
      if (stands != null) {
        here = null;
        return FollowerMessage.newBuilder().setHere(stands).build();
      }
      if (complete || !observations.isEmpty()) {
        HealthReport.Builder health = HealthReport.newBuilder().setComplete(complete);
        sent.ifPresent(health::setSent);
        observations.values().forEach(one -> health.addObservations(one.at(sent)));
        complete = false;
        observations.clear();
        return from(name, AgentMessage.newBuilder().setHealth(health).build());
      }
      Iterator<AgentMessage> each = newest.values().iterator();
      if (each.hasNext()) {
        AgentMessage message = each.next();
        each.remove();
        return from(name, message);
      }
      throw new NoSuchElementException("nothing to say of " + name);
    }

    private static FollowerMessage from(String name, AgentMessage message) {
      return FollowerMessage.newBuilder()
          .setFrom(FromAgent.newBuilder().setAgent(name).setMessage(message))
          .build();
    }
  }

  void put(FollowerMessage message) {
    switch (message.getMessageCase()) {
      case HELLO -> hello = message;
      case HERE -> {
        AgentHere here = message.getHere();
        waiting(here.getAgent().getMetadata().getName()).here = here;
      }
      case GONE -> waiting(message.getGone().getAgent()).ended(message.getGone());
      case FROM -> waiting(message.getFrom().getAgent()).said(message.getFrom().getMessage());
      case STANDING -> standing = message.getStanding();
      case MESSAGE_NOT_SET -> throw new IllegalArgumentException("an empty message");
    }
  }

  private Waiting waiting(String agent) {
    return agents.computeIfAbsent(agent, _ -> new Waiting());
  }

  boolean isEmpty() {
    return hello == null && standing == null && agents.isEmpty();
  }

  FollowerMessage take() {
    FollowerMessage first = hello;
    if (first != null) {
      hello = null;
      return first;
    }
    Map.Entry<String, Waiting> agent = agents.pollFirstEntry();
    if (agent == null) {
      FollowerStanding seen = standing;
      if (seen == null) {
        throw new NoSuchElementException("nothing to say");
      }
      standing = null;
      return FollowerMessage.newBuilder().setStanding(seen).build();
    }
    FollowerMessage next = agent.getValue().take(agent.getKey());
    if (!agent.getValue().isEmpty()) {
      agents.putLast(agent.getKey(), agent.getValue());
    }
    return next;
  }

  void clear() {
    agents.clear();
    hello = null;
    standing = null;
  }
}
