package io.weir.e2e.chaos;

import io.weir.e2e.chaos.History.Journaled;
import io.weir.e2e.chaos.History.Sighting;
import io.weir.e2e.chaos.History.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Says from a {@link History} alone whether writes and agents fared as promised. */
public final class Checker {
  private final List<String> lost = new ArrayList<>();
  private final List<String> duplicated = new ArrayList<>();
  private final List<String> misplaced = new ArrayList<>();
  private final List<String> backward = new ArrayList<>();
  private final List<String> different = new ArrayList<>();
  private long acked;

  /**
   * What is wrong, each in a sentence.
   *
   * @param acked how many writes were acknowledged
   * @param lost of them those that the store does not have, or not as acknowledged
   * @param duplicated writes that the store has more than once
   * @param misplaced writes out of their client's order, and those that were refused and are there
   * @param backward agents that were sent an older revision after a newer one of the same epoch
   * @param different agents that held another content than others did at the same revision, or than
   *     was declared in the end
   */
  public record Findings(
      long acked,
      List<String> lost,
      List<String> duplicated,
      List<String> misplaced,
      List<String> backward,
      List<String> different) {
    public Findings {
      lost = List.copyOf(lost);
      duplicated = List.copyOf(duplicated);
      misplaced = List.copyOf(misplaced);
      backward = List.copyOf(backward);
      different = List.copyOf(different);
    }

    public List<String> all() {
      List<String> all = new ArrayList<>(lost);
      all.addAll(duplicated);
      all.addAll(misplaced);
      all.addAll(backward);
      all.addAll(different);
      return all;
    }
  }

  private record At(String epoch, long revision) {}

  private Checker() {}

  public static Findings check(History history) {
    Checker checker = new Checker();
    checker.writes(history.writes(), history.journal());
    checker.sightings(history.sightings());
    checker.ends(history.declared(), history.held());
    return new Findings(
        checker.acked,
        checker.lost,
        checker.duplicated,
        checker.misplaced,
        checker.backward,
        checker.different);
  }

  private void writes(List<Write> writes, List<Journaled> journal) {
    Map<String, Long> places = new HashMap<>();
    for (Journaled entry : journal) {
      Long before = places.put(entry.id(), entry.revision());
      if (before != null) {
        duplicated.add(
            "write %s is in the store at revision %d and at %d"
                .formatted(entry.id(), before, entry.revision()));
      }
    }
    Map<Integer, Write> last = new HashMap<>();
    for (Write write : writes) {
      Long place = places.get(write.id());
      switch (write.outcome()) {
        case ACKED -> {
          acked++;
          if (place == null || place != write.revision()) {
            lost.add(
                "write %s was acknowledged at revision %d and is at %s"
                    .formatted(write.id(), write.revision(), place));
          }
          Write before = last.put(write.client(), write);
          if (before != null && before.revision() >= write.revision()) {
            misplaced.add(
                "write %s is at revision %d, behind %s at %d"
                    .formatted(write.id(), write.revision(), before.id(), before.revision()));
          }
        }
        case REFUSED -> {
          if (place != null) {
            misplaced.add(
                "write %s was refused and is there at revision %d".formatted(write.id(), place));
          }
        }
        case UNKNOWN -> {}
      }
    }
  }

  private void sightings(List<Sighting> sightings) {
    Map<Integer, Sighting> newest = new HashMap<>();
    Map<At, Long> contents = new HashMap<>();
    for (Sighting sighting : sightings) {
      Sighting before = newest.get(sighting.agent());
      if (before != null
          && before.epoch().equals(sighting.epoch())
          && before.revision() > sighting.revision()) {
        backward.add(
            "agent %d was sent revision %d after %d"
                .formatted(sighting.agent(), sighting.revision(), before.revision()));
      } else {
        newest.put(sighting.agent(), sighting);
      }
      if (sighting.content() != 0) {
        Long known =
            contents.putIfAbsent(new At(sighting.epoch(), sighting.revision()), sighting.content());
        if (known != null && known != sighting.content()) {
          different.add(
              "agent %d held another content at revision %d than another agent"
                  .formatted(sighting.agent(), sighting.revision()));
        }
      }
    }
  }

  private void ends(Map<String, String> declared, Map<String, Map<String, String>> held) {
    held.forEach((agent, pools) -> {
      if (!pools.equals(declared)) {
        different.add("agent %s ends with %s, declared is %s".formatted(agent, pools, declared));
      }
    });
  }
}
