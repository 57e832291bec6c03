package io.weir.e2e.crash;

import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Listing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@link StoreWriter}s were told is written, and whether a store still has all of it. */
final class Acknowledged {
  private final Map<Integer, Ack> newest = new HashMap<>();
  private long count;
  private long revision;

  private record Ack(long n, long revision) {}

  /**
   * Takes what one writer printed, up to the last whole line.
   *
   * @return what is wrong with that alone
   */
  List<String> add(String printed) {
    List<String> wrong = new ArrayList<>();
    String whole = printed.substring(0, printed.lastIndexOf('\n') + 1);
    for (String line : whole.lines().toList()) {
      String[] words = line.split(" ", -1);
      if (!words[0].equals("acked")) {
        wrong.add("a writer said: " + line);
        continue;
      }
      int thread = Integer.parseInt(words[1]);
      Ack ack = new Ack(Long.parseLong(words[2]), Long.parseLong(words[3]));
      Ack before = newest.put(thread, ack);
      if (before != null && (ack.n() <= before.n() || ack.revision() <= before.revision())) {
        wrong.add("thread %d: %s came after %s".formatted(thread, ack, before));
      }
      revision = Math.max(revision, ack.revision());
      count++;
    }
    return wrong;
  }

  /** Writes. */
  long count() {
    return count;
  }

  /**
   * What of it is lost or half there, one sentence each; empty: nothing. What is there counts from
   * now on as what was told is written: the next writer goes on from it.
   */
  List<String> missing(Listing found) {
    Map<String, Entry> entries = new HashMap<>();
    found.entries().forEach(entry -> entries.put(entry.key(), entry));
    List<String> wrong = new ArrayList<>();
    if (found.revision() < revision) {
      wrong.add("the store is at revision %d, %d was told".formatted(found.revision(), revision));
    }
    for (int thread = 0; thread < StoreWriter.THREADS; thread++) {
      check(thread, entries, wrong);
    }
    return wrong;
  }

  private void check(int thread, Map<String, Entry> entries, List<String> wrong) {
    Optional<Entry> one = Optional.ofNullable(entries.get(StoreWriter.one(thread)));
    Ack told = newest.getOrDefault(thread, new Ack(0, 0));
    long n = one.map(StoreWriter::number).orElse(0L);
    // One more may have been written without anybody being told.
    if (n != told.n() && n != told.n() + 1) {
      wrong.add("thread %d is at %d, %d was told".formatted(thread, n, told.n()));
    }
    if (one.isEmpty()) {
      return;
    }
    if (n == told.n() && one.get().revision() != told.revision()) {
      wrong.add(
          "thread %d: write %d has revision %d, %d was told"
              .formatted(thread, n, one.get().revision(), told.revision()));
    }
    for (String together : List.of(StoreWriter.other(thread), StoreWriter.log(thread, n))) {
      Entry other = entries.get(together);
      if (other == null
          || other.revision() != one.get().revision()
          || !other.value().equals(one.get().value())) {
        wrong.add("thread %d: of write %d %s is not there".formatted(thread, n, together));
      }
    }
    for (long i = Math.max(1, n - StoreWriter.KEPT + 1); i < n; i++) {
      Entry logged = entries.get(StoreWriter.log(thread, i));
      if (logged == null || StoreWriter.number(logged) != i) {
        wrong.add("thread %d: write %d is not there".formatted(thread, i));
      }
    }
    if (entries.containsKey(StoreWriter.log(thread, n - StoreWriter.KEPT))) {
      wrong.add("thread %d: write %d removed nothing".formatted(thread, n));
    }
    newest.put(thread, new Ack(n, one.get().revision()));
  }
}
