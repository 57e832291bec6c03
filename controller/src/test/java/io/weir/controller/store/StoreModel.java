package io.weir.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Recording.Call;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.CommitResult.Conflict;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.Write;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Random operations on a store, each compared with a map that does the same without any thought.
 */
final class StoreModel {
  private static final List<String> KEYS =
      List.of("a", "a/", "a/b", "a/b/c", "a/bc", "b", "b/a", "c", "\uff5e", "\ud834\udd1e");
  private static final List<String> PREFIXES = List.of("", "a", "a/", "a/b", "b", "x", "\uff5e");

  private final long seed;
  private final Random random;
  private final TreeMap<String, Entry> entries =
      new TreeMap<>(
          Comparator.comparing(
              key -> key.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
  private final List<Call> history = new ArrayList<>();
  private long revision;

  StoreModel(long seed) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  void live(Store store, int steps) {
    long birth = store.list("").revision();
    revision = birth;
    Recording whole = new Recording();
    try (Watch watch = store.watch("", birth, whole)) {
      for (int step = 0; step < steps; step++) {
        if (random.nextInt(4) == 0) {
          list(store);
        } else {
          commit(store);
        }
      }
      compare(whole, "", birth);
    }
    for (int i = 0; i < 5; i++) {
      String prefix = PREFIXES.get(random.nextInt(PREFIXES.size()));
      long from = history.get(random.nextInt(history.size())).revision();
      Recording part = new Recording();
      try (Watch watch = store.watch(prefix, from, part)) {
        compare(part, prefix, from);
      }
    }
  }

  private void list(Store store) {
    String prefix = PREFIXES.get(random.nextInt(PREFIXES.size()));
    Store.Listing listing = store.list(prefix);
    assertThat(listing.revision()).as("revision, -Dweir.seed=%d", seed).isEqualTo(revision);
    assertThat(listing.entries())
        .as("list of '%s', -Dweir.seed=%d", prefix, seed)
        .isEqualTo(entries.values().stream().filter(e -> e.key().startsWith(prefix)).toList());
  }

  private void commit(Store store) {
    Transaction transaction = new Transaction(expectations(), writes());
    boolean holds =
        transaction.expectations().stream().allMatch(e -> current(e.key()) == e.revision());
    CommitResult result = store.commit(transaction);
    if (!holds) {
      assertThat(result).as("-Dweir.seed=%d", seed).isEqualTo(new Conflict());
      return;
    }
    long reached = WatchContract.revision(result);
    List<Write> effective =
        transaction.writes().stream()
            .filter(w -> w instanceof Write.Put || entries.containsKey(w.key()))
            .toList();
    if (effective.isEmpty()) {
      assertThat(reached).as("-Dweir.seed=%d", seed).isEqualTo(revision);
      return;
    }
    assertThat(reached).as("-Dweir.seed=%d", seed).isGreaterThan(revision);
    revision = reached;
    history.add(new Call(reached, effective));
    for (Write write : effective) {
      switch (write) {
        case Write.Put(String key, ByteString value) ->
            entries.put(key, new Entry(key, value, reached));
        case Write.Delete(String key) -> entries.remove(key);
      }
    }
  }

  private long current(String key) {
    Entry entry = entries.get(key);
    return entry == null ? 0 : entry.revision();
  }

  private List<Expectation> expectations() {
    List<Expectation> expectations = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      String key = KEYS.get(random.nextInt(KEYS.size()));
      long wrong = random.nextInt(5) == 0 ? 1 : 0;
      expectations.add(new Expectation(key, current(key) + wrong));
    }
    return expectations;
  }

  private List<Write> writes() {
    List<Write> writes = new ArrayList<>();
    Set<String> written = new HashSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      String key = KEYS.get(random.nextInt(KEYS.size()));
      if (written.add(key)) {
        writes.add(
            random.nextInt(3) == 0
                ? new Write.Delete(key)
                : new Write.Put(key, ByteString.copyFromUtf8("v" + random.nextInt())));
      }
    }
    return writes;
  }

  private void compare(Recording recording, String prefix, long from) {
    List<Call> expected =
        history.stream()
            .filter(call -> call.revision() > from)
            .map(call ->
                new Call(
                    call.revision(),
                    call.changes().stream().filter(w -> w.key().startsWith(prefix)).toList()))
            .filter(call -> !call.changes().isEmpty())
            .toList();
    if (!expected.isEmpty()) {
      recording.awaitRevision(expected.getLast().revision());
    }
    assertThat(recording.calls())
        .as("watch of '%s' from %d, -Dweir.seed=%d", prefix, from, seed)
        .isEqualTo(expected);
  }
}
