package io.weir.agent.membership;

import io.weir.agent.membership.MemberState.Alive;
import io.weir.agent.membership.MemberState.Dead;
import io.weir.agent.membership.MemberState.Left;
import io.weir.agent.membership.MemberState.Suspect;
import io.weir.agent.membership.Step.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The members as rumors make them, and what of that is to be passed on. */
final class Roster {
  private static final int RUMORS = 4_096;
  private static final int MEMBERS = 10_000;

  private final Settings settings;
  private final RandomGenerator random;
  private final String self;
  private final String address;
  private long incarnation;
  private boolean leaving;
  private LocalHealth health = LocalHealth.WELL;

  /** All others, whatever their state. */
  private final Map<String, Member> members = new HashMap<>();

  /** Whoever is present, in the order of probing. */
  private final List<String> order = new ArrayList<>();

  private final Set<String> suspects = new LinkedHashSet<>();
  private int next;

  private final RumorQueue rumors = new RumorQueue(RUMORS);
  private List<Event> events = new ArrayList<>();

  /** One of the others; {@code since} in ns. */
  record Member(Peer peer, MemberState state, long since) {}

  Roster(Settings settings, String self, String address, long incarnation, RandomGenerator random) {
    this.settings = settings;
    this.self = self;
    this.address = address;
    this.incarnation = incarnation;
    this.random = random;
    rumors.add(me());
  }

  String self() {
    return self;
  }

  MemberState own() {
    return leaving ? new Left(incarnation) : new Alive(incarnation);
  }

  LocalHealth health() {
    return health;
  }

  void worse(int by) {
    if (settings.lifeguard()) {
      health = health.worse(by);
    }
  }

  void better() {
    health = health.better();
  }

  @Nullable Member get(String name) {
    return members.get(name);
  }

  Iterable<Member> others() {
    return members.values();
  }

  Set<String> suspects() {
    return suspects;
  }

  RumorQueue rumors() {
    return rumors;
  }

  /** Alive or suspect, this one included. */
  int size() {
    return order.size() + 1;
  }

  List<Event> events() {
    List<Event> since = events;
    events = new ArrayList<>();
    return since;
  }

  void event(Event event) {
    events.add(event);
  }

  /** As round robin over a shuffled list: each is probed once in a round (SWIM, section 4.3). */
  @Nullable Member nextToProbe() {
    if (order.isEmpty()) {
      return null;
    }
    if (next >= order.size()) {
      next = 0;
      for (int i = order.size() - 1; i > 0; i--) {
        String swapped = order.set(random.nextInt(i + 1), order.get(i));
        order.set(i, swapped);
      }
    }
    return members.get(order.get(next++));
  }

  /** At most so many that are present, at random, without {@code but}. */
  List<Member> some(int count, String but) {
    List<Member> chosen = new ArrayList<>(count);
    int tries = Math.min(order.size(), 3 * count + 3);
    int start = order.isEmpty() ? 0 : random.nextInt(order.size());
    int stride = order.isEmpty() ? 1 : 1 + random.nextInt(order.size());
    for (int i = 0; i < tries && chosen.size() < count; i++) {
      // A stride may come round early: then the list is walked.
      int at = (int) ((start + (long) i * (order.size() > tries ? stride : 1)) % order.size());
      Member member = members.get(order.get(at));
      if (member != null && !member.peer().name().equals(but) && !chosen.contains(member)) {
        chosen.add(member);
      }
    }
    return chosen;
  }

  /** What is said of this member itself. */
  Rumor me() {
    return leaving
        ? new Rumor.Left(self, incarnation)
        : new Rumor.Alive(self, address, incarnation);
  }

  void leave() {
    leaving = true;
    rumors.add(me());
  }

  void hear(Rumor rumor, String from, long now) {
    switch (rumor) {
      case Rumor.Alive r when r.name().equals(self) ->
          refute(r.incarnation(), r.incarnation() > incarnation);
      case Rumor.Suspect r when r.name().equals(self) -> accused(r.incarnation());
      case Rumor.Dead r when r.name().equals(self) -> accused(r.incarnation());
      case Rumor.Left r when r.name().equals(self) ->
          refute(r.incarnation(), r.incarnation() >= incarnation);
      case Rumor.Alive r -> alive(r, from, now);
      case Rumor.Suspect r -> suspect(r, now);
      case Rumor.Dead r -> dead(r, now);
      case Rumor.Left r -> left(r, now);
      case Rumor.Observed _ -> {}
    }
  }

  private void accused(long of) {
    if (of >= incarnation && !leaving) {
      worse(1);
    }
    refute(of, of >= incarnation);
  }

  private void refute(long claimed, boolean needed) {
    if (needed) {
      incarnation = leaving ? Math.max(incarnation, claimed) : claimed + 1;
      rumors.add(me());
    }
  }

  private void alive(Rumor.Alive r, String from, long now) {
    Member known = members.get(r.name());
    if (known == null) {
      if (members.size() >= MEMBERS) {
        return;
      }
      rumors.add(r);
      become(new Peer(r.name(), r.address()), new Alive(r.incarnation()), from, now);
    } else if (r.incarnation() > known.state().incarnation()) {
      rumors.add(r);
      become(new Peer(r.name(), r.address()), new Alive(r.incarnation()), from, now);
    }
  }

  private void suspect(Rumor.Suspect r, long now) {
    Member known = members.get(r.name());
    if (known == null || r.incarnation() < known.state().incarnation()) {
      return;
    }
    boolean newer = r.incarnation() > known.state().incarnation();
    switch (known.state()) {
      case Suspect s when !newer -> {
        if (s.suspicion().needs(r.by())) {
          rumors.add(r);
          become(known.peer(), s.with(s.suspicion().confirmed(r.by())), r.by(), now);
        }
      }
      case Dead _, Left _ when !newer -> {}
      case Alive _, Suspect _, Dead _, Left _ -> {
        rumors.add(r);
        Suspicion suspicion = settings.suspicion(r.by(), size(), now);
        become(known.peer(), new Suspect(r.incarnation(), suspicion), r.by(), now);
      }
    }
  }

  /**
   * The rumor is passed on at once, but this member calls the other itself before it holds it dead:
   * it may have woken up since, and whoever said so may have slept.
   */
  private void dead(Rumor.Dead r, long now) {
    Member known = members.get(r.name());
    if (known == null
        || r.incarnation() < known.state().incarnation()
        || (!known.state().present() && r.incarnation() == known.state().incarnation())) {
      return;
    }
    if (!settings.callsFirst()) {
      rumors.add(r);
      become(known.peer(), new Dead(r.incarnation()), r.by(), now);
    } else if (!(known.state() instanceof Suspect s)
        || s.incarnation() < r.incarnation()
        || (s.due() > now && s.calls() == 0)) {
      rumors.add(r);
      Suspicion over = Suspicion.begin(r.by(), 0, 0, 0, now);
      become(known.peer(), new Suspect(r.incarnation(), over), r.by(), now);
    }
  }

  /** This member's own conclusion. */
  void bury(Member member, long now) {
    Rumor.Dead rumor = new Rumor.Dead(member.peer().name(), member.state().incarnation(), self);
    rumors.add(rumor);
    become(member.peer(), new Dead(rumor.incarnation()), self, now);
  }

  void called(Member member, Suspect state, long ends) {
    members.put(
        member.peer().name(), new Member(member.peer(), state.called(ends), member.since()));
  }

  /** This process stood still for so long: others may have spoken, it did not hear. */
  void shift(long nanos) {
    for (String name : suspects) {
      Member member = members.get(name);
      if (member != null && member.state() instanceof Suspect s) {
        members.put(name, new Member(member.peer(), s.later(nanos), member.since()));
      }
    }
  }

  private void left(Rumor.Left r, long now) {
    Member known = members.get(r.name());
    if (known != null
        && r.incarnation() >= known.state().incarnation()
        && !(known.state() instanceof Left)) {
      rumors.add(r);
      become(known.peer(), new Left(r.incarnation()), r.name(), now);
    }
  }

  void forget(String name) {
    if (members.remove(name) != null) {
      events.add(new Event.Forgotten(name));
    }
  }

  private void become(Peer peer, MemberState state, String by, long now) {
    String name = peer.name();
    Member before = members.get(name);
    boolean same = before != null && before.state().getClass() == state.getClass();
    long since = before != null && same ? before.since() : now;
    members.put(name, new Member(peer, state, since));
    if (state instanceof Suspect) {
      suspects.add(name);
    } else {
      suspects.remove(name);
    }
    boolean was = before != null && before.state().present();
    if (state.present() && !was) {
      order.add(random.nextInt(order.size() + 1), name);
    } else if (!state.present() && was) {
      int at = order.indexOf(name);
      order.remove(at);
      next -= at < next ? 1 : 0;
    }
    if (before == null) {
      events.add(new Event.Joined(name, state));
    } else if (!same) {
      events.add(new Event.Became(name, before.state(), state, by));
    }
  }
}
