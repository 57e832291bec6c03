package io.weir.controller.health;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which agents answer for an endpoint, by rendezvous hashing (Thaler and Ravishankar 1998): every
 * agent has a score for every endpoint and the best ones are taken, first one of each zone, then a
 * second of each, and so on. When an agent goes, one other takes its place at each of its endpoints
 * and nothing else moves.
 */
public final class Observers {
  private Observers() {}

  /** An agent that may be chosen, with its name hashed once. */
  public record Candidate(String name, String zone, long hash) {
    public static Candidate of(String name, String zone) {
      return new Candidate(name, zone, digest(name));
    }
  }

  private record Scored(Candidate candidate, long score, int round) {}

  /** The {@code count} best of {@code candidates}, or all where there are fewer, best first. */
  public static List<String> choose(Target target, Collection<Candidate> candidates, int count) {
    long hash = digest(target.pool()) * 31 + digest(target.endpoint());
    List<Scored> scored = new ArrayList<>(candidates.size());
    for (Candidate candidate : candidates) {
      scored.add(new Scored(candidate, mix(candidate.hash() ^ hash), 0));
    }
    Comparator<Scored> best =
        Comparator.comparingLong(Scored::score).reversed().thenComparing(s -> s.candidate().name());
    scored.sort(best);
    Map<String, Integer> zones = new HashMap<>();
    List<Scored> rounds = new ArrayList<>(scored.size());
    for (Scored one : scored) {
      rounds.add(
          new Scored(
              one.candidate(), one.score(), zones.merge(one.candidate().zone(), 1, Integer::sum)));
    }
    rounds.sort(Comparator.comparingInt(Scored::round).thenComparing(best));
    return rounds.stream().limit(count).map(one -> one.candidate().name()).toList();
  }

  /** FNV-1a over the characters, 64 bits. */
  private static long digest(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return mix(hash);
  }

  /** The finalizer of MurmurHash3. */
  private static long mix(long value) {
    long mixed = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
