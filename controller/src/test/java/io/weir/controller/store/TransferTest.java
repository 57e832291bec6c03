package io.weir.controller.store;

import static io.weir.controller.store.WatchContract.put;
import static io.weir.controller.store.WatchContract.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.controller.store.Import.Outcome;
import io.weir.controller.store.Journal.Authorship;
import io.weir.controller.store.Journal.Past;
import io.weir.controller.store.Journal.Recorded;
import io.weir.controller.store.Journal.State;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Listing;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.WatchListener;
import io.weir.controller.store.Store.Write;
import io.weir.v1.ApplyResult;
import io.weir.v1.Commit;
import io.weir.v1.JournalEntry;
import io.weir.v1.ResourceRef;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransferTest {
  private static final int KEPT = 20;

  @TempDir private Path temp;
  private final List<Store> opened = new ArrayList<>();
  private int dirs;

  private Store embedded() {
    return opened(EmbeddedStore.open(temp.resolve("s" + dirs++), "default"));
  }

  private Store opened(Store store) {
    opened.add(store);
    return store;
  }

  @AfterEach
  void close() {
    opened.forEach(Store::close);
  }

  /** What an operator can see of the configuration and its history. */
  private record Seen(
      Map<String, String> config, List<Commit> commits, List<Map<String, String>> pasts) {
    static Seen of(Store store) {
      Journal journal = new Journal(store, KEPT);
      List<Recorded> entries = journal.entries(KEPT);
      List<Map<String, String>> pasts = new ArrayList<>();
      for (Recorded entry : entries) {
        Past.Known past = (Past.Known) journal.at(entry.revision());
        pasts.add(values(past.config().values()));
        assertThat(past.config().values())
            .allMatch(e -> e.revision() > 0 && e.revision() <= entry.revision());
      }
      return new Seen(
          values(journal.read().config().values()),
          entries.stream().map(entry -> entry.entry().getCommit()).toList(),
          pasts);
    }

    private static Map<String, String> values(Iterable<Entry> entries) {
      Map<String, String> values = new LinkedHashMap<>();
      entries.forEach(entry -> values.put(entry.key(), entry.value().toStringUtf8()));
      return values;
    }
  }

  private static void fill(Store store, Random random, int appends) {
    Journal journal = new Journal(store, KEPT);
    for (int i = 0; i < appends; i++) {
      State seen = journal.read();
      Map<String, Write> writes = new LinkedHashMap<>();
      List<Commit.Change> changes = new ArrayList<>();
      for (int w = random.nextInt(3); w >= 0; w--) {
        String name = "p" + random.nextInt(6);
        String key = "config/Pool/" + name;
        writes.put(
            key,
            seen.config().containsKey(key) && random.nextInt(3) == 0
                ? new Write.Delete(key)
                : put(key, "v" + i));
        changes.add(
            Commit.Change.newBuilder()
                .setResource(ResourceRef.newBuilder().setKind("Pool").setName(name))
                .setOutcome(ApplyResult.Outcome.OUTCOME_CONFIGURED)
                .build());
      }
      assertThat(
              journal.append(
                  seen,
                  new Authorship("ann" + i % 3, "because " + i, Instant.ofEpochSecond(i)),
                  List.copyOf(writes.values()),
                  changes))
          .isInstanceOf(CommitResult.Committed.class);
      write(store, put("other", "" + i));
    }
    write(
        store,
        put("agents/a", "registered"),
        put("decisions/log/" + "%020d".formatted(1), "decided"),
        put("decisions/next", "2"),
        put("meta/gossip-keys", "secret"),
        put("meta/term", "7"),
        put("controllers/x", "here"));
  }

  private static Outcome move(Store from, Store to) {
    return new Import(to, UUID.randomUUID().toString()).run(Transfer.export(from).entries());
  }

  private static Map<String, String> rest(Store store) {
    return Seen.values(
        store.list("").entries().stream()
            .filter(e -> !e.key().startsWith("config/") && !e.key().startsWith("journal/"))
            .toList());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void configuration_and_history_are_the_same_in_another_store(long seed) {
    Random random = new Random(seed);
    Store from = embedded();
    fill(from, random, random.nextInt(2 * KEPT));
    Store to = embedded();
    write(to, put("meta/gossip-keys", "made here"), put("meta/term", "1"), put("agents/b", "b"));

    assertThat(move(from, to)).isInstanceOf(Outcome.Done.class);

    Store anew = reopened(to);
    assertThat(Seen.of(anew)).as("seed %d", seed).isEqualTo(Seen.of(from));
    Map<String, String> expected = new LinkedHashMap<>(rest(from));
    expected.put("meta/term", "1");
    expected.remove("controllers/x");
    assertThat(rest(anew)).containsExactlyInAnyOrderEntriesOf(expected);
    assertThat(anew.epoch()).isNotEqualTo(to.epoch());
  }

  private Store reopened(Store embedded) {
    embedded.close();
    int index = opened.indexOf(embedded);
    return opened(EmbeddedStore.open(temp.resolve("s" + index), "default"));
  }

  @Test
  void from_embedded_to_etcd_and_back_nothing_is_lost() {
    EtcdProcess.assumeInstalled();
    try (EtcdProcess process = EtcdProcess.start()) {
      EtcdAccess access = EtcdAccess.plain(List.of(process.endpoint()));
      Supplier<Store> etcd = () -> EtcdStore.connect(access, "default", EtcdStore.DEADLINE);
      Store from = embedded();
      fill(from, new Random(1), 3 * KEPT / 2);
      try (Store there = etcd.get()) {
        assertThat(move(from, there)).isInstanceOf(Outcome.Done.class);
        // It was opened with data that are gone.
        assertThatThrownBy(() -> there.list("")).hasMessageContaining("other data than before");
        assertThat(there.changed()).isCompletedWithValue(Store.Change.REPLACED);
      }
      try (Store there = etcd.get()) {
        assertThat(Seen.of(there)).isEqualTo(Seen.of(from));
        Store back = embedded();
        assertThat(move(there, back)).isInstanceOf(Outcome.Done.class);
        Store anew = opened(EmbeddedStore.open(closed(back), "default"));
        assertThat(Seen.of(anew)).isEqualTo(Seen.of(from));
        assertThat(anew.list("decisions/").entries())
            .extracting(entry -> entry.value().toStringUtf8())
            .containsExactly("decided", "2");
      }
    }
  }

  private Path closed(Store embedded) {
    embedded.close();
    return temp.resolve("s" + (dirs - 1));
  }

  @Test
  void it_can_be_written_on_and_gone_back_in_afterwards() {
    Store from = embedded();
    fill(from, new Random(2), KEPT + 5);
    Store to = embedded();
    move(from, to);
    Store anew = reopened(to);
    Journal journal = new Journal(anew, KEPT);
    State before = journal.read();
    long revision = before.headRevision();

    assertThat(
            journal.append(
                before,
                new Authorship("ann", "", Instant.EPOCH),
                List.of(put("config/Pool/p0", "after")),
                List.of()))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(((Past.Known) journal.at(revision)).config()).isEqualTo(before.config());
    JournalEntry newest = journal.entries(1).getFirst().entry();
    assertThat(newest.getBefore(0).getRevision())
        .isEqualTo(
            before.config().containsKey("config/Pool/p0")
                ? before.config().get("config/Pool/p0").revision()
                : 0);
  }

  @Test
  void into_a_store_with_configuration_is_refused() {
    Store from = embedded();
    fill(from, new Random(3), 3);
    Store to = embedded();
    fill(to, new Random(4), 1);
    Listing before = to.list("");

    assertThat(move(from, to))
        .isEqualTo(
            new Outcome.Refused(
                "there is configuration in the store already; import into an empty one, as with"
                    + " another --data-dir or --cluster"));
    assertThat(to.list("")).isEqualTo(before);
  }

  @Test
  void broken_off_anywhere_nothing_is_in_effect_and_the_next_replaces_it() {
    Store from = embedded();
    fill(from, new Random(5), 10);
    List<Entry> entries = Transfer.export(from).entries();
    Store to = embedded();
    // The marker, then ever more of it.
    for (int commits = 1; commits < 8; commits++) {
      Import broken = new Import(new Breaking(to, commits), "broken");
      assertThatThrownBy(() -> broken.run(entries)).isInstanceOf(StoreException.class);
      assertThatThrownBy(() -> new Journal(to, KEPT).read())
          .isInstanceOf(StoreException.class)
          .hasMessageStartingWith("an import into the store is under way, or broke off");
      assertThatThrownBy(() -> Transfer.export(to)).isInstanceOf(StoreException.class);
    }

    assertThat(move(from, to)).isInstanceOf(Outcome.Done.class);
    assertThat(Seen.of(reopened(to))).isEqualTo(Seen.of(from));
  }

  @Test
  void of_two_at_a_time_one_ends() {
    Store from = embedded();
    fill(from, new Random(6), 10);
    List<Entry> entries = Transfer.export(from).entries();
    Store to = embedded();
    Store interrupted =
        new Breaking(to, Integer.MAX_VALUE) {
          private boolean begun;

          @Override
          public CommitResult commit(Transaction transaction) {
            if (transaction.writes().stream().anyMatch(w -> w.key().equals(Journal.HEAD))
                && !begun) {
              begun = true;
              assertThat(new Import(to, "other").run(entries)).isInstanceOf(Outcome.Done.class);
            }
            return super.commit(transaction);
          }
        };

    assertThatThrownBy(() -> new Import(interrupted, "one").run(entries))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has another epoch by now");
    assertThat(Seen.of(reopened(to))).isEqualTo(Seen.of(from));
  }

  /** A store that fails after so many commits. */
  private static class Breaking implements Store {
    private final Store store;
    private int left;

    Breaking(Store store, int commits) {
      this.store = store;
      this.left = commits;
    }

    @Override
    public String epoch() {
      return store.epoch();
    }

    @Override
    public Listing list(String prefix) {
      return store.list(prefix);
    }

    @Override
    public CommitResult commit(Transaction transaction) {
      if (left-- <= 0) {
        throw new StoreException("broken");
      }
      return store.commit(transaction);
    }

    @Override
    public Watch watch(String prefix, long afterRevision, WatchListener listener) {
      return store.watch(prefix, afterRevision, listener);
    }

    @Override
    public void renewEpoch() {
      store.renewEpoch();
    }

    @Override
    public void close() {}
  }
}
