package io.weir.agent.health;

import io.weir.agent.model.Outliers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which endpoints of one pool are kept from traffic because of how it fared there, in the
 * meaning of Envoy's outlier detection: gateway errors in a row take an endpoint out at once; at
 * the end of every interval so do a success rate far below the mean of the pool and a latency far
 * above its median. An ejection lasts a base time times the number of ejections, which an interval
 * without one takes back by one, and ends before where probes see the endpoint go down and come
 * back. No more than a part of the pool is ejected at a time, and never the last endpoint that is
 * usable. Not thread-safe. Times are monotonic, in ns.
 */
public final class OutlierDetector {
  private final String pool;
  private final Map<String, Member> members = new LinkedHashMap<>();
  private Set<String> spared = Set.of();
  private Outliers rules;
  private long intervalEnds;

  /** What came of a look. */
  public sealed interface Change {
    record Ejected(Ejection ejection) implements Change {}

    /**
     * The time is over, or what it was for.
     *
     * @param ejection that ended
     */
    record Returned(Ejection ejection) implements Change {}
  }

  private static final class Member {
    final String address;
    Traffic before = Traffic.NONE;
    boolean known;
    int times;

    /** When its ejection began or, without one, ended. */
    long since;

    @Nullable Ejection ejection;

    Member(String address) {
      this.address = address;
    }
  }

  private record Sample(Member member, Traffic traffic) {}

  public OutlierDetector(String pool, Outliers rules, long now) {
    this.pool = pool;
    this.rules = rules;
    intervalEnds = now + rules.interval().toNanos();
  }

  /** The pool is so from now on. What is known of endpoints that stay is kept. */
  public void declare(Collection<String> addresses, Outliers now) {
    rules = now;
    members.keySet().retainAll(List.copyOf(addresses));
    addresses.forEach(address -> members.computeIfAbsent(address, Member::new));
  }

  /** These are not ejected; the ejection of one of them ends with the next tick. */
  public void spare(Set<String> addresses) {
    spared = Set.copyOf(addresses);
  }

  /**
   * A request to the endpoint ended in a gateway error.
   *
   * @param inARow with it
   * @param usable whether an endpoint could take requests as far as others than this say
   * @return the ejection that begins now
   */
  public Optional<Ejection> failed(String address, int inARow, Predicate<String> usable, long now) {
    Member member = members.get(address);
    if (member == null || rules.gatewayErrors() == 0 || inARow < rules.gatewayErrors()) {
      return Optional.empty();
    }
    return eject(member, new Ejection.GatewayErrors(inARow), usable, now);
  }

  /**
   * To be called every now and then; ends what is over, and at the end of an interval compares the
   * endpoints.
   *
   * @param traffic of each endpoint, so far
   * @param usable as in {@link #failed}
   */
  public List<Change> tick(Function<String, Traffic> traffic, Predicate<String> usable, long now) {
    List<Change> changes = new ArrayList<>();
    for (Member member : members.values()) {
      Ejection ejection = member.ejection;
      if (ejection != null
          && (now - member.since >= ejection.length().toNanos()
              || rules.maxPercent() == 0
              || spared.contains(member.address))) {
        member.ejection = null;
        member.since = now;
        changes.add(new Change.Returned(ejection));
      }
    }
    if (now - intervalEnds >= 0) {
      long began = intervalEnds - rules.interval().toNanos();
      intervalEnds = now + rules.interval().toNanos();
      compare(samples(traffic), usable, now).forEach(e -> changes.add(new Change.Ejected(e)));
      members.values().forEach(member -> calm(member, began));
    }
    return changes;
  }

  /**
   * Probes found the endpoint down while it was ejected, and find it well again: what traffic met
   * there was that, and is over.
   */
  public Optional<Change> recovered(String address, long now) {
    Member member = members.get(address);
    if (member == null || member.ejection == null) {
      return Optional.empty();
    }
    Ejection ejection = member.ejection;
    member.ejection = null;
    member.since = now;
    return Optional.of(new Change.Returned(ejection));
  }

  /** An interval is over that began at {@code began}. */
  private static void calm(Member member, long began) {
    if (member.times > 0 && member.ejection == null && member.since - began < 0) {
      member.times--;
    }
  }

  /** Of the interval that has ended. */
  private List<Sample> samples(Function<String, Traffic> traffic) {
    List<Sample> samples = new ArrayList<>();
    for (Member member : members.values()) {
      Traffic all = traffic.apply(member.address);
      Traffic more = all.since(member.before);
      member.before = all;
      // Counters that went back belong to an endpoint that was away in between.
      if (member.known && more.requests() >= 0) {
        samples.add(new Sample(member, more));
      }
      member.known = true;
    }
    return samples;
  }

  private List<Ejection> compare(List<Sample> samples, Predicate<String> usable, long now) {
    List<Ejection> ejected = new ArrayList<>();
    rules
        .errorRate()
        .ifPresent(rule ->
            byErrors(rule, samples)
                .forEach(
                    (member, cause) -> eject(member, cause, usable, now).ifPresent(ejected::add)));
    rules
        .latency()
        .ifPresent(rule ->
            byLatency(rule, samples)
                .forEach(
                    (member, cause) -> eject(member, cause, usable, now).ifPresent(ejected::add)));
    return ejected;
  }

  private static Map<Member, Ejection.Cause> byErrors(
      Outliers.ErrorRate rule, List<Sample> samples) {
    List<Sample> enough =
        samples.stream().filter(s -> s.traffic.requests() >= rule.minRequests()).toList();
    Map<Member, Ejection.Cause> found = new LinkedHashMap<>();
    if (enough.size() < rule.minEndpoints()) {
      return found;
    }
    double[] rates = enough.stream().mapToDouble(s -> s.traffic.successRate()).toArray();
    double mean = Arrays.stream(rates).average().orElseThrow();
    double deviation =
        Math.sqrt(Arrays.stream(rates).map(r -> (r - mean) * (r - mean)).average().orElseThrow());
    double threshold = mean - Math.max(rule.deviations() * deviation, rule.leastDifference());
    enough.stream()
        .filter(s -> s.traffic.successRate() < threshold)
        .sorted((a, b) -> Double.compare(a.traffic.successRate(), b.traffic.successRate()))
        .forEach(s ->
            found.put(
                s.member,
                new Ejection.ErrorRate(
                    s.traffic.requests(),
                    s.traffic.errors(),
                    s.traffic.successRate(),
                    threshold,
                    mean,
                    deviation)));
    return found;
  }

  private static Map<Member, Ejection.Cause> byLatency(
      Outliers.Latency rule, List<Sample> samples) {
    List<Sample> enough =
        samples.stream().filter(s -> s.traffic.answers() >= rule.minRequests()).toList();
    Map<Member, Ejection.Cause> found = new LinkedHashMap<>();
    if (enough.size() < rule.minEndpoints()) {
      return found;
    }
    double[] means = enough.stream().mapToDouble(s -> s.traffic.meanNanos()).sorted().toArray();
    int half = means.length / 2;
    double median = means.length % 2 == 1 ? means[half] : (means[half - 1] + means[half]) / 2;
    double threshold = Math.max(rule.factor() * median, median + rule.leastDifference().toNanos());
    enough.stream()
        .filter(s -> s.traffic.meanNanos() > threshold)
        .sorted((a, b) -> Double.compare(b.traffic.meanNanos(), a.traffic.meanNanos()))
        .forEach(s ->
            found.put(
                s.member,
                new Ejection.Latency(
                    s.traffic.answers(), s.traffic.meanNanos(), threshold, median)));
    return found;
  }

  private Optional<Ejection> eject(
      Member member, Ejection.Cause cause, Predicate<String> usable, long now) {
    if (member.ejection != null || spared.contains(member.address) || !mayEject(member, usable)) {
      return Optional.empty();
    }
    member.times++;
    member.since = now;
    Duration grown = rules.time().multipliedBy(member.times);
    Duration length = grown.compareTo(rules.maxTime()) < 0 ? grown : rules.maxTime();
    Ejection ejection = new Ejection(pool, member.address, cause, member.times, length);
    member.ejection = ejection;
    return Optional.of(ejection);
  }

  @SuppressWarnings("ReferenceEquality") // that very one
  private boolean mayEject(Member member, Predicate<String> usable) {
    int ejected = 0;
    boolean another = false;
    for (Member each : members.values()) {
      if (each.ejection != null) {
        ejected++;
      } else if (each != member && !another) {
        another = usable.test(each.address);
      }
    }
    int most = rules.maxPercent() == 0 ? 0 : Math.max(1, members.size() * rules.maxPercent() / 100);
    return another && ejected < most;
  }
}
