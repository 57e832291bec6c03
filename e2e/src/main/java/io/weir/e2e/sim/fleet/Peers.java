package io.weir.e2e.sim.fleet;

import com.google.protobuf.Duration;
import io.weir.agent.health.HealthWatch;
import io.weir.agent.health.Observation;
import io.weir.agent.health.Target;
import io.weir.agent.membership.MemberState;
import io.weir.agent.membership.Message;
import io.weir.agent.membership.Peer;
import io.weir.agent.membership.Ring;
import io.weir.agent.membership.Settings;
import io.weir.agent.membership.Step;
import io.weir.v1.AgentMessage;
import io.weir.v1.Gossip;
import io.weir.v1.MembershipReport;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What an agent and the other agents tell each other. */
final class Peers {
  private final SimAgent agent;
  private final World world;
  private final HealthWatch watch;
  private final Probing probing;
  private final Ring ring;
  private final Map<String, Long> dead = new HashMap<>();

  Peers(SimAgent agent, World world, HealthWatch watch, Probing probing, int process, long seed) {
    this.agent = agent;
    this.world = world;
    this.watch = watch;
    this.probing = probing;
    this.ring =
        new Ring(
            Settings.DEFAULT,
            new Peer(agent.name, agent.name + ":7402"),
            process * 1_000L,
            new Random(seed),
            agent.time.now());
  }

  void start() {
    agent.thread.execute(this::tick);
  }

  private void tick() {
    perform(ring.tick(agent.time.now()));
    long wait = Math.max(1_000_000, ring.nextDue() - agent.time.now());
    var _ = agent.thread.schedule(this::tick, wait, TimeUnit.NANOSECONDS);
  }

  void told(Gossip gossip) {
    ring.seeds(
        gossip.getMembersList().stream()
            .map(member -> new Peer(member.getAgent(), member.getAddress()))
            .toList(),
        agent.time.now());
  }

  void observe(Observation observation) {
    ring.observe(observation.pool(), observation.endpoint(), observation.health());
  }

  private void perform(Step step) {
    for (Step.Outgoing outgoing : step.send()) {
      world.deliver(agent.name, outgoing.to().name(), outgoing.message());
    }
    boolean changed = false;
    for (Step.Event event : step.events()) {
      switch (event) {
        case Step.Event.Became _, Step.Event.Joined _, Step.Event.Forgotten _ -> changed = true;
        case Step.Event.Heard heard ->
            watch.heard(
                heard.seen().agent(),
                new Target(heard.seen().pool(), heard.seen().endpoint()),
                heard.seen().health(),
                agent.time.now());
        case Step.Event.Stalled _ -> {}
      }
    }
    if (changed) {
      Set<String> alive = new HashSet<>();
      for (Ring.View view : ring.members()) {
        if (view.state().present() && !view.peer().name().equals(agent.name)) {
          alive.add(view.peer().name());
        }
      }
      watch.membersAlive(alive);
      report();
    }
    if (!step.events().isEmpty()) {
      bury();
      probing.settle();
    }
  }

  void receive(String from, Message message) {
    perform(ring.receive(new Peer(from, from + ":7402"), message, agent.time.now()));
  }

  private void bury() {
    for (Ring.View view : ring.members()) {
      if (!view.state().present()) {
        dead.put(view.peer().name(), agent.time.now());
      }
    }
  }

  /** When this agent last held another one dead, as far as was looked, ns; below 0: never. */
  long heldDead(String other) {
    return dead.getOrDefault(other, Long.MIN_VALUE);
  }

  /** To the controller. */
  void report() {
    bury();
    List<MembershipReport.Member> members =
        ring.members().stream()
            .map(view ->
                MembershipReport.Member.newBuilder()
                    .setAgent(view.peer().name())
                    .setState(
                        switch (view.state()) {
                          case MemberState.Alive _ -> MembershipReport.State.STATE_ALIVE;
                          case MemberState.Suspect _ -> MembershipReport.State.STATE_SUSPECT;
                          case MemberState.Dead _ -> MembershipReport.State.STATE_DEAD;
                          case MemberState.Left _ -> MembershipReport.State.STATE_LEFT;
                        })
                    .setIncarnation(view.state().incarnation())
                    .setSince(
                        Duration.newBuilder()
                            .setSeconds(
                                Math.max(0, agent.time.now() - view.sinceNanos()) / 1_000_000_000))
                    .build())
            .collect(Collectors.toList());
    agent.send(
        AgentMessage.newBuilder()
            .setMembership(
                MembershipReport.newBuilder()
                    .addAllMembers(members)
                    .setLocalHealth(ring.localHealth()))
            .build());
  }
}
