package io.weir.controller.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Listing;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.v1.JournalEntry;
import io.weir.v1.JournalEntry.Before;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes what was exported from one store into another, so that its history can be gone back in:
 * first the oldest configuration that the journal reaches back to, then every entry of it as a
 * transaction of its own, in their order, then everything else. A marker is there meanwhile, by
 * which {@link Journal#read} and other imports know. Every transaction expects it unchanged, so
 * that of two imports one ends. Blocks; for one use.
 */
public final class Import {
  private static final int MAX_WRITES = Store.MAX_WRITES - 1;
  private static final int MAX_BYTES = Store.MAX_TRANSACTION_BYTES - 10_000;

  private final Store store;
  private final ByteString id;
  private final SortedMap<String, Entry> config = new TreeMap<>();
  private final TreeMap<Long, Entry> journal = new TreeMap<>();
  private final List<Entry> others = new ArrayList<>();
  private final Map<Long, Long> revisions = new HashMap<>();
  private long head;
  private long marked;
  private long revision;

  /** How it ended. */
  public sealed interface Outcome {
    /**
     * @param revision of the store
     */
    record Done(long revision, long entries, long commits) implements Outcome {}

    /** Nothing was written; {@code reason} is a sentence. */
    record Refused(String reason) implements Outcome {}

    /** Another import, or what was imported cannot be; {@code reason} is a sentence. */
    record BrokenOff(String reason) implements Outcome {}
  }

  /** An entry of the journal and what it made of the keys it wrote. */
  private record Step(long number, long revision, JournalEntry entry, List<Write> writes) {}

  /**
   * @param id that no other import has
   */
  public Import(Store store, String id) {
    this.store = store;
    this.id = ByteString.copyFromUtf8(id);
  }

  /**
   * After it is done the store has another epoch, see {@link Store#renewEpoch}.
   *
   * @throws StoreException when the store failed; import again
   */
  public Outcome run(List<Entry> entries) {
    Deque<Step> steps;
    try {
      sort(entries);
      steps = steps();
    } catch (InvalidProtocolBufferException | NumberFormatException e) {
      return new Outcome.Refused(
          "the export holds what no journal has, so nothing was imported: " + e.getMessage());
    }
    Optional<String> refusal = mark();
    if (refusal.isPresent()) {
      return new Outcome.Refused(refusal.get());
    }
    try {
      clear();
      writeOldest();
      int commits = steps.size();
      for (Step step : steps) {
        replay(step);
      }
      for (List<Write> some : parts(others.stream().map(Import::put).toList())) {
        commit(some);
      }
      commit(List.of(new Write.Delete(Transfer.MARKER)));
      store.renewEpoch();
      return new Outcome.Done(revision, entries.size(), commits);
    } catch (BrokenOffException e) {
      return new Outcome.BrokenOff(e.getMessage());
    }
  }

  private void sort(List<Entry> entries) {
    for (Entry entry : entries) {
      if (entry.key().equals(Journal.HEAD)) {
        head = Long.parseLong(entry.value().toStringUtf8());
      } else if (entry.key().startsWith(Journal.CONFIG)) {
        config.put(entry.key(), entry);
      } else if (entry.key().startsWith(Journal.LOG)) {
        journal.put(Long.parseLong(entry.key().substring(Journal.LOG.length())), entry);
      } else if (Transfer.isMoved(entry)) {
        others.add(entry);
      }
    }
  }

  /** The entries that follow each other without a gap up to the head; undoes them in the config. */
  private Deque<Step> steps() throws InvalidProtocolBufferException {
    Deque<Step> steps = new ArrayDeque<>();
    for (long number = head; journal.containsKey(number); number--) {
      Entry stored = Optional.ofNullable(journal.get(number)).orElseThrow();
      JournalEntry entry = JournalEntry.parseFrom(stored.value());
      List<Write> writes = new ArrayList<>();
      for (Before before : entry.getBeforeList()) {
        Entry after = config.get(before.getKey());
        writes.add(after == null ? new Write.Delete(before.getKey()) : put(after));
      }
      Journal.undo(entry, config);
      steps.addFirst(new Step(number, stored.revision(), entry, writes));
    }
    return steps;
  }

  /** A sentence when there is configuration already. */
  private Optional<String> mark() {
    Listing found = store.list(Journal.CONFIG);
    long before = 0;
    for (Entry entry : found.entries()) {
      if (entry.key().equals(Transfer.MARKER)) {
        before = entry.revision();
      }
    }
    if (before == 0 && !found.entries().isEmpty()) {
      return Optional.of(
          "there is configuration in the store already; import into an empty one, as with another"
              + " --data-dir or --cluster");
    }
    // What broke off may have got as far as the head.
    List<Expectation> expectations =
        before > 0
            ? List.of(new Expectation(Transfer.MARKER, before))
            : List.of(new Expectation(Transfer.MARKER, 0), new Expectation(Journal.HEAD, 0));
    Transaction mark = new Transaction(expectations, List.of(new Write.Put(Transfer.MARKER, id)));
    if (store.commit(mark) instanceof CommitResult.Committed(long committed)) {
      marked = committed;
      return Optional.empty();
    }
    return Optional.of("somebody else wrote to the store just now; nothing was imported");
  }

  private void clear() {
    List<Write> removals =
        store.list("").entries().stream()
            .filter(Transfer::isMoved)
            .filter(entry -> !entry.key().equals(Transfer.MARKER))
            .<Write>map(entry -> new Write.Delete(entry.key()))
            .toList();
    for (List<Write> some : parts(removals)) {
      commit(some);
    }
  }

  /** What was written together is again, so that it has one revision. */
  private void writeOldest() {
    TreeMap<Long, List<Write>> byRevision = new TreeMap<>();
    config
        .values()
        .forEach(entry ->
            byRevision.computeIfAbsent(entry.revision(), _ -> new ArrayList<>()).add(put(entry)));
    byRevision.forEach((old, writes) -> {
      for (List<Write> some : parts(writes)) {
        commit(some);
      }
      revisions.put(old, revision);
    });
  }

  private void replay(Step step) {
    JournalEntry.Builder entry = step.entry().toBuilder();
    for (Before.Builder before : entry.getBeforeBuilderList()) {
      if (before.hasValue()) {
        before.setRevision(revisions.getOrDefault(before.getRevision(), 0L));
      }
    }
    List<Write> all = new ArrayList<>(step.writes());
    all.add(new Write.Put(Journal.HEAD, ByteString.copyFromUtf8(Long.toString(step.number()))));
    all.add(new Write.Put(Journal.key(step.number()), entry.build().toByteString()));
    commit(all);
    revisions.put(step.revision(), revision);
  }

  private static Write put(Entry entry) {
    return new Write.Put(entry.key(), entry.value());
  }

  private void commit(List<Write> writes) {
    Transaction transaction =
        new Transaction(List.of(new Expectation(Transfer.MARKER, marked)), writes);
    revision =
        switch (store.commit(transaction)) {
          case CommitResult.Committed(long committed) -> committed;
          case CommitResult.Conflict() ->
              throw new BrokenOffException("another import has taken over; this one ends");
          case CommitResult.TooLarge(String reason) -> throw new BrokenOffException(reason);
        };
  }

  /** In pieces that fit in a transaction. */
  private static List<List<Write>> parts(List<Write> writes) {
    List<List<Write>> parts = new ArrayList<>();
    List<Write> part = new ArrayList<>();
    long bytes = 0;
    for (Write write : writes) {
      long size =
          (long) Store.MAX_KEY_BYTES + (write instanceof Write.Put put ? put.value().size() : 0);
      if (!part.isEmpty() && (part.size() == MAX_WRITES || bytes + size > MAX_BYTES)) {
        parts.add(part);
        part = new ArrayList<>();
        bytes = 0;
      }
      part.add(write);
      bytes += size;
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }

  private static final class BrokenOffException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenOffException(String reason) {
      super(reason);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }
}
