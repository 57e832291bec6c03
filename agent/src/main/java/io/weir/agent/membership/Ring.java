package io.weir.agent.membership;

import io.weir.agent.membership.MemberState.Alive;
import io.weir.agent.membership.MemberState.Dead;
import io.weir.agent.membership.MemberState.Left;
import io.weir.agent.membership.MemberState.Suspect;
import io.weir.agent.membership.Roster.Member;
import io.weir.agent.membership.Step.Event;
import io.weir.agent.membership.Step.Outgoing;
import io.weir.agent.model.Health;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One member's part in the ring of agents. Told of time ({@link #tick}, to be called once {@link
 * #nextDue} has come), of messages ({@link #receive}) and of what the agent observes, it says what
 * to send and what has changed. All times are ns of one monotonic clock. For one thread.
 */
public final class Ring {
  private final Settings settings;
  private final RandomGenerator random;
  private final Roster roster;
  private final Observations observations;
  private final RumorQueue news = new RumorQueue(8_192);
  private final Relays relays = new Relays();
  private final Map<String, Peer> seeds = new HashMap<>();

  private List<Outgoing> out = new ArrayList<>();
  private @Nullable Probe probe;
  private long numbers;
  private final long began;
  private long nextProbe;
  private long nextGossip;
  private long nextSync;
  private long nextReconnect;

  /**
   * A probe under way.
   *
   * @param helpAt when others are asked for help, ns
   * @param ends when it has failed, ns
   * @param helpers asked so far
   * @param nacks how many of them have answered that they did not get an answer either
   */
  private record Probe(String target, long number, long helpAt, long ends, int helpers, int nacks) {
    Probe helped(int by) {
      return new Probe(target, number, Long.MAX_VALUE, ends, by, nacks);
    }

    Probe nacked() {
      return new Probe(target, number, helpAt, ends, helpers, nacks + 1);
    }

    Probe later(long nanos) {
      return new Probe(
          target,
          number,
          helpAt == Long.MAX_VALUE ? helpAt : helpAt + nanos,
          ends + nanos,
          helpers,
          nacks);
    }
  }

  /** What this member holds of one, itself included; {@code sinceNanos} on the ring's clock. */
  public record View(Peer peer, MemberState state, long sinceNanos) {}

  /**
   * @param self this member
   * @param incarnation to begin with; best above any that was used by an earlier process of the
   *     same name, else it is raised once others tell of that
   */
  public Ring(Settings settings, Peer self, long incarnation, RandomGenerator random, long now) {
    this.settings = settings;
    this.random = random;
    this.began = now;
    this.roster = new Roster(settings, self.name(), self.address(), incarnation, random);
    this.observations = new Observations(self.name(), incarnation);
    // So that answers to an earlier process of the name are not taken for its own.
    numbers = random.nextLong() >>> 1;
    nextProbe = now + random.nextLong(settings.period());
    nextGossip = now + random.nextLong(settings.gossipInterval());
    nextSync = now + random.nextLong(settings.syncInterval());
    nextReconnect = now;
  }

  /** Members to begin with, or to come back to when all others are lost. */
  public void seeds(List<Peer> peers, long now) {
    seeds.clear();
    for (Peer peer : peers) {
      if (!peer.name().equals(roster.self())) {
        seeds.put(peer.name(), peer);
      }
    }
    nextReconnect = now;
  }

  /** When to tick next; may be in the past. */
  public long nextDue() {
    long due = Math.min(nextGossip, probe == null ? nextProbe : Math.min(probe.helpAt, probe.ends));
    for (String name : roster.suspects()) {
      Member member = roster.get(name);
      if (member != null && member.state() instanceof Suspect s) {
        due = Math.min(due, s.due());
      }
    }
    return Math.min(due, relays.due());
  }

  /** Does what is due. */
  public Step tick(long now) {
    minded(now);
    for (Relays.Relay relay : relays.silent(now)) {
      if (settings.lifeguard()) {
        send(relay.asked(), new Message.Nack(relay.number(), rumorsFor(relay.asked().name())));
      }
    }
    probe(now);
    judge(now);
    if (now >= nextGossip) {
      gossip();
      nextGossip = now + settings.gossipInterval();
    }
    if (now >= nextSync) {
      roster.some(1, "").forEach(m -> send(m.peer(), state(true)));
      nextSync = now + settings.syncInterval();
      forget(now);
    }
    if (now >= nextReconnect) {
      reconnect(now);
    }
    return step();
  }

  /**
   * @param from as the transport saw it: its name is proven, and answers to its address get there
   */
  public Step receive(Peer from, Message message, long now) {
    minded(now);
    switch (message) {
      case Message.Ping m -> {
        hear(m.rumors(), from, now);
        if (m.target().equals(roster.self()) && roster.own() instanceof Alive) {
          send(from, new Message.Ack(m.number(), answerFor(from.name())));
        }
      }
      case Message.Ack m -> {
        hear(m.rumors(), from, now);
        acked(from, m.number());
      }
      case Message.PingRequest m -> {
        hear(m.rumors(), from, now);
        long number = numbers++;
        long due = now + settings.probeTimeout() * 4 / 5;
        if (relays.add(number, new Relays.Relay(from, m.number(), due))) {
          send(m.target(), ping(number, m.target().name()));
        }
      }
      case Message.Nack m -> {
        hear(m.rumors(), from, now);
        if (probe != null && probe.number == m.number()) {
          probe = probe.nacked();
        }
      }
      case Message.Spread m -> hear(m.rumors(), from, now);
      case Message.State m -> {
        hear(m.members(), from, now);
        m.seen().forEach(seen -> hear(seen));
        if (m.answer()) {
          send(from, state(false));
        }
      }
    }
    judge(now);
    return step();
  }

  /** This agent holds an endpoint to be so from now on; unknown: no longer anything. */
  public void observe(String pool, String endpoint, Health health) {
    news.add(new Rumor.Observed(observations.observe(pool, endpoint, health)));
  }

  /** The last step: others are told that this member goes of its own will. */
  public Step leave() {
    roster.leave();
    for (Member member : roster.some(2 * settings.fanout(), "")) {
      send(member.peer(), new Message.Spread(List.of(roster.me())));
    }
    return step();
  }

  /** All that are known, this member first. */
  public List<View> members() {
    List<View> all = new ArrayList<>();
    all.add(new View(new Peer(roster.self(), ""), roster.own(), began));
    roster.others().forEach(m -> all.add(new View(m.peer(), m.state(), m.since())));
    return all;
  }

  /** What it holds of another. */
  public @Nullable MemberState state(String name) {
    Member member = roster.get(name);
    return member == null ? null : member.state();
  }

  /** Present members but this one, at random, at most so many. */
  public List<Peer> some(int count) {
    return roster.some(count, "").stream().map(Member::peer).toList();
  }

  /** 0 (well) to 8. */
  public int localHealth() {
    return roster.health().score();
  }

  /** Rumors that wait to be passed on. */
  public int backlog() {
    return roster.rumors().size() + news.size();
  }

  private void probe(long now) {
    Probe under = probe;
    if (under != null && now >= under.ends) {
      probe = null;
      failed(under, now);
    } else if (under != null && now >= under.helpAt) {
      Member target = roster.get(under.target);
      List<Member> helpers = roster.some(settings.helpers(), under.target);
      helpers.removeIf(m -> !(m.state() instanceof Alive));
      probe = under.helped(helpers.size());
      if (target != null) {
        for (Member helper : helpers) {
          Peer to = helper.peer();
          send(to, new Message.PingRequest(under.number, target.peer(), rumorsFor(to.name())));
        }
      }
    }
    if (probe == null && now >= nextProbe) {
      Member target = roster.nextToProbe();
      long period = roster.health().scale(settings.period());
      nextProbe = now + settings.period();
      if (target != null) {
        long number = numbers++;
        long helpAt = now + roster.health().scale(settings.probeTimeout());
        probe = new Probe(target.peer().name(), number, helpAt, now + period, 0, 0);
        send(target.peer(), ping(number, target.peer().name()));
      }
    }
  }

  private void failed(Probe failed, long now) {
    // Helpers that did not say so much as nack were not reached: that may be this member's fault.
    roster.worse(failed.helpers == 0 ? 1 : failed.helpers - failed.nacks);
    Member target = roster.get(failed.target);
    if (target != null && target.state().present()) {
      long incarnation = target.state().incarnation();
      roster.hear(new Rumor.Suspect(failed.target, incarnation, roster.self()), roster.self(), now);
    }
  }

  private void acked(Peer from, long number) {
    if (probe != null && probe.number == number) {
      probe = null;
      roster.better();
    } else {
      Relays.Relay relay = relays.answered(number);
      if (relay != null) {
        // What the target says of itself goes along.
        List<Rumor> rumors = new ArrayList<>();
        Member target = roster.get(from.name());
        if (target != null && target.state() instanceof Alive alive) {
          rumors.add(new Rumor.Alive(from.name(), target.peer().address(), alive.incarnation()));
        }
        addRumorsFor(relay.asked().name(), rumors);
        send(relay.asked(), new Message.Ack(relay.number(), rumors));
      }
    }
  }

  /** Suspicions that have run out. */
  private void judge(long now) {
    for (String name : List.copyOf(roster.suspects())) {
      Member member = roster.get(name);
      if (member != null && member.state() instanceof Suspect s && s.due() <= now) {
        if (settings.callsFirst() && s.calls() < 2) {
          roster.called(member, s, now + roster.health().scale(settings.probeTimeout()));
          send(member.peer(), ping(numbers++, name));
        } else {
          roster.bury(member, now);
        }
      }
    }
  }

  private void gossip() {
    if (roster.rumors().isEmpty() && news.isEmpty()) {
      return;
    }
    for (Member member : roster.some(settings.fanout(), "")) {
      List<Rumor> rumors = rumorsFor(member.peer().name());
      if (!rumors.isEmpty()) {
        send(member.peer(), new Message.Spread(rumors));
      }
    }
  }

  /** One of those that were lost, or that nobody has told of: else two halves never meet again. */
  private void reconnect(long now) {
    List<Peer> lost = new ArrayList<>();
    for (Member member : roster.others()) {
      if (member.state() instanceof Dead) {
        lost.add(member.peer());
      }
    }
    for (Peer seed : seeds.values()) {
      if (roster.get(seed.name()) == null) {
        lost.add(seed);
      }
    }
    if (!lost.isEmpty()) {
      send(lost.get(random.nextInt(lost.size())), state(true));
    }
    long wait = roster.size() == 1 ? settings.period() * 5 : settings.reconnectInterval();
    nextReconnect = now + wait / 2 + random.nextLong(wait);
  }

  private void forget(long now) {
    List<String> old = new ArrayList<>();
    for (Member member : roster.others()) {
      if (!member.state().present() && now - member.since() > settings.forget()) {
        old.add(member.peer().name());
      }
    }
    for (String name : old) {
      roster.forget(name);
      observations.forget(name);
    }
  }

  /**
   * Woken up after having stood still (stopped, swapped out, a long collection)? Then its timers
   * ran while it could not hear, and it takes that time out of them.
   */
  private void minded(long now) {
    long late = now - nextDue();
    if (settings.callsFirst() && late > settings.period()) {
      roster.shift(late);
      relays.later(late);
      probe = probe == null ? null : probe.later(late);
      nextProbe = Math.max(nextProbe, now);
      nextGossip = now;
      roster.worse(1);
      roster.event(new Event.Stalled(late));
    }
  }

  private void hear(List<Rumor> rumors, Peer from, long now) {
    for (Rumor rumor : rumors) {
      if (rumor instanceof Rumor.Observed observed) {
        hear(observed.seen());
      } else {
        roster.hear(rumor, from.name(), now);
      }
    }
  }

  private void hear(Seen seen) {
    if (seen.agent().equals(roster.self())) {
      if (!observations.isOlder(seen)) {
        news.add(new Rumor.Observed(observations.outdo(seen)));
      }
    } else if (observations.hear(seen)) {
      news.add(new Rumor.Observed(seen));
      roster.event(new Event.Heard(seen));
    }
  }

  private Message ping(long number, String target) {
    return new Message.Ping(number, target, rumorsFor(target));
  }

  /** In an answer: what was just heard of this member itself is refuted to whoever told it. */
  private List<Rumor> answerFor(String name) {
    List<Rumor> rumors = new ArrayList<>();
    if (settings.lifeguard()) {
      rumors.add(roster.me());
    }
    return addRumorsFor(name, rumors);
  }

  private List<Rumor> rumorsFor(String name) {
    return addRumorsFor(name, new ArrayList<>());
  }

  private List<Rumor> addRumorsFor(String name, List<Rumor> rumors) {
    Member to = roster.get(name);
    if (settings.lifeguard() && to != null) {
      long incarnation = to.state().incarnation();
      switch (to.state()) {
        case Alive _ -> {}
        case Suspect _ -> rumors.add(new Rumor.Suspect(name, incarnation, roster.self()));
        case Dead _ -> rumors.add(new Rumor.Dead(name, incarnation, roster.self()));
        case Left _ -> rumors.add(new Rumor.Left(name, incarnation));
      }
    }
    int limit = settings.transmissions(roster.size());
    int room = settings.rumorBytes() - rumors.stream().mapToInt(Rumor::size).sum();
    news.take(roster.rumors().take(room, limit, rumors), limit, rumors);
    return rumors;
  }

  private Message state(boolean answer) {
    List<Rumor> all = new ArrayList<>();
    all.add(roster.me());
    for (Member member : roster.others()) {
      Peer peer = member.peer();
      long incarnation = member.state().incarnation();
      if (member.state().present()) {
        all.add(new Rumor.Alive(peer.name(), peer.address(), incarnation));
      }
      switch (member.state()) {
        case Alive _ -> {}
        // Not dead: whoever holds it alive is to find out for itself.
        case Suspect _, Dead _ ->
            all.add(new Rumor.Suspect(peer.name(), incarnation, roster.self()));
        case Left _ -> all.add(new Rumor.Left(peer.name(), incarnation));
      }
    }
    return new Message.State(answer, all, observations.all());
  }

  private void send(Peer to, Message message) {
    out.add(new Outgoing(to, message));
  }

  private Step step() {
    List<Event> events = new ArrayList<>();
    for (Event event : roster.events()) {
      events.add(event);
      // Whoever listens may have dropped what the lost one said.
      if (event instanceof Event.Became b && b.now().present() && !b.before().present()) {
        observations.of(b.name()).forEach(seen -> events.add(new Event.Heard(seen)));
      }
    }
    Step step = new Step(out, events);
    out = new ArrayList<>();
    return step;
  }
}
