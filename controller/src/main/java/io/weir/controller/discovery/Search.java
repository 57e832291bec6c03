package io.weir.controller.discovery;

import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.DnsType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One pool's search for endpoints: what to ask when, and what was found. Each question is asked
 * again when its answer expires, within the {@link Rules}' bounds, or after a back-off when there
 * was none. Nothing that was found goes because of a failure or of an answer with nothing in it:
 * only when everything there is to ask has been answered, and something else is there.
 *
 * <p>{@code now} is monotonic, in nanoseconds; {@code jitter} is random, 0 to 1. One thread at a
 * time.
 */
public final class Search {
  private static final Comparator<DiscoveredEndpoint> ORDER =
      Comparator.comparingInt(DiscoveredEndpoint::getPriority)
          .thenComparing(DiscoveredEndpoint::getAddress);

  private static final int AT_ONCE = 32;

  private final Rules rules;
  private final Map<Query, Track> tracks = new LinkedHashMap<>();
  private final Map<String, List<String>> lastOf = new HashMap<>();
  private final Map<String, Held> held = new HashMap<>();
  // By question, of a controller before; a family that cannot be asked for now stays as it was.
  private final Map<Query, Set<String>> left = new HashMap<>();
  private List<DiscoveredEndpoint> endpoints = List.of();
  private int over;
  private long expiry = Long.MAX_VALUE;
  private Optional<Long> failingSince = Optional.empty();
  private Optional<Long> lastSuccess = Optional.empty();

  /** What is in use, and when it was last among what was found. */
  private record Held(DiscoveredEndpoint endpoint, long seen) {}

  /** How one question stands. */
  private static final class Track {
    private boolean asking;
    private boolean answered;
    private long due;
    private int misses;
    private Optional<String> failure = Optional.empty();

    /** Since the last good answer; kept while there is none. */
    private List<String> addresses = List.of();

    private List<Answer.Service> services = List.of();
    private long goodAt;
    private long ttl;

    private Track(long now) {
      due = now;
      goodAt = now;
    }

    private boolean isEmpty() {
      return answered && failure.isEmpty() && addresses.isEmpty() && services.isEmpty();
    }
  }

  /**
   * @param lastGood in use until something else is found
   */
  public Search(Rules rules, List<DiscoveredEndpoint> lastGood, long now) {
    this.rules = rules;
    for (DiscoveredEndpoint one : lastGood) {
      held.put(one.getAddress(), new Held(one, now));
      String host = one.getAddress().substring(0, one.getAddress().lastIndexOf(':'));
      boolean v6 = host.startsWith("[");
      left.computeIfAbsent(
              new Query(one.getName(), v6 ? Query.Type.AAAA : Query.Type.A),
              _ -> new LinkedHashSet<>())
          .add(v6 ? host.substring(1, host.length() - 1) : host);
    }
    switch (rules.type()) {
      case DNS_TYPE_A -> track(rules.name(), Query.Type.A, now);
      case DNS_TYPE_AAAA -> track(rules.name(), Query.Type.AAAA, now);
      case DNS_TYPE_SRV -> track(rules.name(), Query.Type.SRV, now);
      case DNS_TYPE_ADDRESSES, DNS_TYPE_UNSPECIFIED, UNRECOGNIZED -> {
        track(rules.name(), Query.Type.A, now);
        track(rules.name(), Query.Type.AAAA, now);
      }
    }
    arrange(now);
  }

  private void track(String name, Query.Type type, long now) {
    tracks.computeIfAbsent(
        new Query(name, type),
        query -> {
          Track track = new Track(now);
          Set<String> before = left.remove(query);
          track.addresses = before == null ? List.of() : List.copyOf(before);
          return track;
        });
  }

  /** What is to be asked now; each is under way from now on, and {@link #answered} in the end. */
  public List<Query> due(long now) {
    List<Query> due = new ArrayList<>();
    long room = AT_ONCE - underWay();
    tracks.forEach((query, track) -> {
      if (!track.asking && track.due <= now && due.size() < room) {
        track.asking = true;
        due.add(query);
      }
    });
    return due;
  }

  /** When there is something to ask or to let go, at the earliest; that under way aside. */
  public long nextDue() {
    if (underWay() >= AT_ONCE) {
      return expiry;
    }
    return tracks.values().stream()
        .filter(track -> !track.asking)
        .mapToLong(track -> track.due)
        .reduce(expiry, Math::min);
  }

  private long underWay() {
    return tracks.values().stream().filter(track -> track.asking).count();
  }

  /** Lets go of what time alone has ended. */
  public void tick(long now) {
    if (expiry <= now) {
      arrange(now);
    }
  }

  /** An answer to what is not asked any more does nothing. */
  public void answered(Query query, Answer answer, long now, double jitter) {
    Track track = tracks.get(query);
    if (track == null || !track.asking) {
      return;
    }
    track.asking = false;
    track.answered = true;
    track.failure = Optional.empty();
    switch (answer) {
      case Answer.Addresses found -> {
        track.addresses = found.addresses();
        good(query, track, found.addresses().isEmpty(), found.ttl(), now, jitter);
      }
      case Answer.Services found -> {
        if (!found.services().isEmpty()) {
          track.services = found.services();
          follow(now);
        } else {
          track.failure = Optional.of("has no SRV records");
        }
        good(query, track, found.services().isEmpty(), found.ttl(), now, jitter);
      }
      case Answer.Failed failed -> {
        track.failure = Optional.of(failed.reason());
        missed(track, now, jitter);
      }
    }
    arrange(now);
    stand(now);
  }

  private void good(Query query, Track track, boolean nothing, long ttl, long now, double jitter) {
    if (!nothing) {
      track.misses = 0;
      track.goodAt = now;
      track.ttl = ttl;
      track.due = now + jittered(Math.clamp(ttl, rules.least(), rules.most()), jitter);
      return;
    }
    List<Track> others = families(query.name()).filter(one -> one != track).toList();
    if (others.stream().allMatch(one -> one.answered && one.addresses.isEmpty())) {
      missed(track, now, jitter);
    } else {
      // Names often have addresses of one family only.
      long its = others.stream().mapToLong(one -> one.ttl).max().orElse(0);
      track.misses = 0;
      track.due = now + jittered(Math.clamp(its, rules.least(), rules.most()), jitter);
    }
  }

  private void missed(Track track, long now, double jitter) {
    track.misses++;
    double delay = rules.least() * Math.pow(2, Math.min(track.misses - 1, 30));
    track.due = now + jittered((long) Math.min((double) rules.most(), delay), jitter);
  }

  /** Up to a tenth later, but within the most. */
  private long jittered(long delay, double jitter) {
    return Math.min(rules.most(), delay + (long) (delay * jitter / 10));
  }

  private Stream<Track> families(String name) {
    return Stream.of(Query.Type.A, Query.Type.AAAA)
        .map(type -> tracks.get(new Query(name, type)))
        .filter(Objects::nonNull);
  }

  /** The targets of the SRV records are asked for, and no others. */
  private void follow(long now) {
    Set<String> targets = new LinkedHashSet<>();
    services().map(Answer.Service::target).limit(rules.max()).forEach(targets::add);
    tracks
        .keySet()
        .removeIf(query -> query.type() != Query.Type.SRV && !targets.contains(query.name()));
    lastOf.keySet().retainAll(targets);
    for (String target : targets) {
      track(target, Query.Type.A, now);
      track(target, Query.Type.AAAA, now);
    }
    left.clear();
  }

  private Stream<Answer.Service> services() {
    return tracks.values().stream().flatMap(track -> track.services.stream());
  }

  /** Of one name, those last good; both families. */
  private List<String> addresses(String name) {
    List<String> found = families(name).flatMap(track -> track.addresses.stream()).toList();
    if (!found.isEmpty()) {
      lastOf.put(name, found);
    }
    return lastOf.getOrDefault(name, List.of());
  }

  private List<DiscoveredEndpoint> wanted() {
    return rules.type() == DnsType.DNS_TYPE_SRV
        ? Services.endpoints(services().toList(), rules.priority(), this::addresses)
        : addresses(rules.name()).stream()
            .map(address ->
                DiscoveredEndpoint.newBuilder()
                    .setAddress(Services.address(address, rules.port()))
                    .setWeight(rules.weight())
                    .setPriority(rules.priority())
                    .setName(rules.name())
                    .build())
            .toList();
  }

  /** Works out what is in use. */
  private void arrange(long now) {
    Map<String, DiscoveredEndpoint> wanted = new LinkedHashMap<>();
    wanted().stream().sorted(ORDER).forEach(one -> wanted.putIfAbsent(one.getAddress(), one));
    long latest = tracks.values().stream().mapToLong(track -> track.goodAt).max().orElse(now);
    wanted.values().forEach(one -> held.put(one.getAddress(), new Held(one, latest)));
    boolean whole = !wanted.isEmpty() && tracks.values().stream().allMatch(one -> one.answered);
    expiry = Long.MAX_VALUE;
    if (whole) {
      held.values()
          .removeIf(one ->
              !wanted.containsKey(one.endpoint().getAddress()) && now - one.seen() >= rules.keep());
      held.values().stream()
          .filter(one -> !wanted.containsKey(one.endpoint().getAddress()))
          .forEach(one -> expiry = Math.min(expiry, one.seen() + rules.keep()));
    }
    // What is found goes before what is only kept, and that before what was seen longer ago.
    List<Held> chosen =
        held.values().stream()
            .sorted(
                Comparator.comparing((Held one) -> !wanted.containsKey(one.endpoint().getAddress()))
                    .thenComparingLong(
                        one -> wanted.containsKey(one.endpoint().getAddress()) ? 0 : -one.seen())
                    .thenComparing(Held::endpoint, ORDER))
            .limit(rules.max())
            .toList();
    over = wanted.size();
    held.clear();
    chosen.forEach(one -> held.put(one.endpoint().getAddress(), one));
    endpoints = chosen.stream().map(Held::endpoint).sorted(ORDER).toList();
  }

  private void stand(long now) {
    boolean failing = failure().isPresent();
    if (!failing) {
      failingSince = Optional.empty();
      if (tracks.values().stream().allMatch(track -> track.answered)) {
        lastSuccess = Optional.of(now);
      }
    } else if (failingSince.isEmpty()) {
      failingSince = Optional.of(now);
    }
  }

  /** In use, by priority and address; never more than the rules' most. */
  public List<DiscoveredEndpoint> endpoints() {
    return endpoints;
  }

  /** Why something cannot be found, in a sentence without its full stop; empty: all is well. */
  public Optional<String> failure() {
    for (Map.Entry<Query, Track> one : tracks.entrySet()) {
      Query query = one.getKey();
      Track track = one.getValue();
      if (track.failure.isPresent()) {
        return Optional.of("%s (%s) %s".formatted(query.name(), query.type(), track.failure.get()));
      }
      if (query.type() != Query.Type.SRV && families(query.name()).allMatch(Track::isEmpty)) {
        return Optional.of(query.name() + " has no addresses");
      }
    }
    return Optional.empty();
  }

  /** When {@link #failure} began. */
  public Optional<Long> failingSince() {
    return failingSince;
  }

  /** When there was last nothing that failed. */
  public Optional<Long> lastSuccess() {
    return lastSuccess;
  }

  /** Whether everything there is to ask has been answered or has failed. */
  public boolean isWhole() {
    return tracks.values().stream().allMatch(track -> track.answered);
  }

  /** In a sentence, when more was found than is used. */
  public Optional<String> limited() {
    return over > rules.max()
        ? Optional.of(
            "%d addresses were found, of which %d are used; raise max to use more"
                .formatted(over, rules.max()))
        : Optional.empty();
  }
}
