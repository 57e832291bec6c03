package io.weir.controller.store;

import static io.weir.controller.store.WatchContract.bytes;
import static io.weir.controller.store.WatchContract.put;
import static io.weir.controller.store.WatchContract.revision;
import static io.weir.controller.store.WatchContract.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Journal.Authorship;
import io.weir.controller.store.Journal.Past;
import io.weir.controller.store.Journal.Recorded;
import io.weir.controller.store.Journal.State;
import io.weir.controller.store.Recording.Call;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.CommitResult.Committed;
import io.weir.controller.store.Store.CommitResult.Conflict;
import io.weir.controller.store.Store.CommitResult.TooLarge;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.Store.Write.Delete;
import io.weir.controller.store.Store.Write.Put;
import io.weir.v1.ApplyResult.Outcome;
import io.weir.v1.Commit;
import io.weir.v1.JournalEntry.Before;
import io.weir.v1.ResourceRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The journal over one of the stores. */
abstract class JournalContract {
  private static final Authorship ANN =
      new Authorship("ann", "because", Instant.parse("2026-03-01T12:00:00.5Z"));

  private Store store;
  private Journal journal;

  /** An empty one. */
  abstract Store open();

  @BeforeEach
  void opens() {
    store = open();
    journal = new Journal(store, 25);
  }

  @AfterEach
  void closes() {
    // Null where it did not open.
    if (store != null) {
      store.close();
    }
  }

  private static Put pool(String name, String value) {
    return put("config/Pool/" + name, value);
  }

  private CommitResult append(State seen, Write... writes) {
    return journal.append(seen, ANN, List.of(writes), List.of());
  }

  private long append(Write... writes) {
    return revision(append(journal.read(), writes));
  }

  private static SortedMap<String, Entry> known(Past past) {
    assertThat(past).isInstanceOf(Past.Known.class);
    return ((Past.Known) past).config();
  }

  @Nested
  class A_read {
    @Test
    void of_an_empty_store_is_empty() {
      State state = journal.read();

      assertThat(state.config()).isEmpty();
      assertThat(state.head()).isZero();
      assertThat(state.headRevision()).isZero();
    }

    @Test
    void has_the_configuration_and_the_head_and_nothing_else() {
      write(store, put("other", "x"), put("config", "x"));
      long first = append(pool("a", "1"), put("config/Listener/l", "1"));
      long second = append(pool("b", "2"));

      State state = journal.read();
      assertThat(state.config())
          .isEqualTo(
              Map.of(
                  "config/Listener/l", new Entry("config/Listener/l", bytes("1"), first),
                  "config/Pool/a", new Entry("config/Pool/a", bytes("1"), first),
                  "config/Pool/b", new Entry("config/Pool/b", bytes("2"), second)));
      assertThat(state.head()).isEqualTo(2);
      assertThat(state.headRevision()).isEqualTo(second);
      assertThat(state.revision()).isEqualTo(second);
    }
  }

  @Nested
  class An_append {
    @Test
    void on_top_of_an_older_state_conflicts_and_writes_nothing() {
      State seen = journal.read();
      append(seen, pool("a", "1"));
      State after = journal.read();

      assertThat(append(seen, pool("b", "1"))).isEqualTo(new Conflict());
      assertThat(journal.read()).isEqualTo(after);
      assertThat(journal.entries(100)).hasSize(1);
    }

    @Test
    void has_an_id_of_its_own() {
      append(pool("a", "1"));
      append(pool("a", "1"));

      assertThat(journal.entries(2))
          .extracting(recorded -> recorded.entry().getId())
          .doesNotHaveDuplicates()
          .allMatch(id -> id.size() == 16);
    }

    @Test
    void records_who_why_when_what_and_what_was_before() {
      long first = append(pool("a", "1"));
      Commit.Change change =
          Commit.Change.newBuilder()
              .setResource(ResourceRef.newBuilder().setKind("Pool").setName("a"))
              .setOutcome(Outcome.OUTCOME_CONFIGURED)
              .build();
      long second =
          revision(
              journal.append(
                  journal.read(), ANN, List.of(pool("a", "2"), pool("b", "2")), List.of(change)));

      Recorded newest = journal.entries(1).getFirst();
      assertThat(newest.revision()).isEqualTo(second);
      Commit commit = newest.commit();
      assertThat(commit.getRevision()).isEqualTo(second);
      assertThat(commit.getAuthor()).isEqualTo("ann");
      assertThat(commit.getMessage()).isEqualTo("because");
      assertThat(commit.getTime().getSeconds()).isEqualTo(ANN.time().getEpochSecond());
      assertThat(commit.getTime().getNanos()).isEqualTo(500_000_000);
      assertThat(commit.getChangesList()).containsExactly(change);
      assertThat(newest.entry().getBeforeList())
          .containsExactly(
              Before.newBuilder()
                  .setKey("config/Pool/a")
                  .setValue(bytes("1"))
                  .setRevision(first)
                  .build(),
              Before.newBuilder().setKey("config/Pool/b").build());
    }

    @Test
    void takes_as_many_writes_as_is_said() {
      Write[] most =
          IntStream.range(0, Journal.MAX_WRITES)
              .mapToObj(i -> pool("p" + i, "1"))
              .toArray(Write[]::new);
      // With something to trim, too.
      Journal short_ = new Journal(store, 1);
      append(pool("a", "1"));
      revision(short_.append(journal.read(), ANN, List.of(most), List.of()));

      assertThat(journal.read().config()).hasSize(Journal.MAX_WRITES + 1);
      assertThat(store.list("journal/").entries()).hasSize(1);
    }

    @Test
    void of_too_many_writes_is_refused() {
      Write[] many =
          IntStream.range(0, Journal.MAX_WRITES + 1)
              .mapToObj(i -> pool("p" + i, "1"))
              .toArray(Write[]::new);

      assertThat(append(journal.read(), many))
          .isEqualTo(new TooLarge("108 resources are more than the 107 that fit in one write"));
    }

    @Test
    void of_too_much_together_with_what_it_replaces_is_refused() {
      ByteString large = ByteString.copyFrom(new byte[800_000]);
      append(new Put("config/Pool/a", large));

      assertThat(append(journal.read(), new Put("config/Pool/a", large)))
          .isInstanceOf(TooLarge.class);
      append(pool("a", "small"));
      assertThat(journal.read().head()).isEqualTo(2);
    }

    @Test
    void writes_config_only() {
      for (String key : List.of("other", "config/head", "journal/log/1")) {
        assertThatThrownBy(() -> append(put(key, "1")))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("not a config key");
      }
      assertThatThrownBy(() -> append()).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Nested
  class Its_entries {
    @Test
    void come_newest_first_and_no_more_than_asked_for() {
      List<Long> revisions = new ArrayList<>();
      for (int i = 0; i < 23; i++) {
        revisions.add(append(pool("a", "" + i)));
      }

      assertThat(journal.entries(100))
          .extracting(Recorded::revision)
          .isEqualTo(revisions.reversed());
      assertThat(journal.entries(12))
          .extracting(Recorded::revision)
          .isEqualTo(revisions.reversed().subList(0, 12));
    }

    @Test
    void of_one_key_are_those_that_wrote_it() {
      long first = append(pool("a", "1"));
      append(pool("b", "1"));
      long third = append(new Delete("config/Pool/a"), pool("b", "2"));

      assertThat(journal.entries(10, "config/Pool/a"))
          .extracting(Recorded::revision)
          .containsExactly(third, first);
      assertThat(journal.entries(1, "config/Pool/a"))
          .extracting(Recorded::revision)
          .containsExactly(third);
    }

    @Test
    void are_the_newest_ones_up_to_the_number_kept() {
      List<Long> revisions = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        revisions.add(append(pool("a", "" + i)));
      }

      assertThat(journal.entries(100))
          .extracting(Recorded::revision)
          .isEqualTo(revisions.reversed().subList(0, 25));
      assertThat(store.list("journal/").entries()).hasSize(25);
    }
  }

  @Nested
  class At_an_earlier_revision {
    @Test
    void the_configuration_is_what_it_was() {
      long seed = Long.getLong("weir.seed", System.nanoTime());
      Random random = new Random(seed);
      TreeMap<Long, SortedMap<String, Entry>> past = new TreeMap<>();
      past.put(journal.read().revision(), new TreeMap<>());
      for (int i = 0; i < 25; i++) {
        String key = "config/Pool/" + random.nextInt(4);
        long revision =
            random.nextInt(4) == 0
                ? append(new Delete(key), pool("other", "" + i))
                : append(put(key, "" + i));
        past.put(revision, journal.read().config());
      }
      // Not config, yet a revision: the configuration there is that of the one before.
      long unrelated = write(store, put("term", "1"));
      past.put(unrelated, journal.read().config());

      past.forEach((revision, config) ->
          assertThat(known(journal.at(revision)))
              .as("revision %d, -Dweir.seed=%d", revision, seed)
              .isEqualTo(config));
    }

    @Test
    void before_the_first_write_it_was_empty() {
      long start = journal.read().revision();
      append(pool("a", "1"));

      assertThat(known(journal.at(start))).isEmpty();
      assertThat(known(journal.at(0))).isEmpty();
    }

    @Test
    void beyond_the_history_it_is_forgotten() {
      List<Long> revisions = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        revisions.add(append(pool("a", "" + i)));
      }

      assertThat(known(journal.at(revisions.get(5))))
          .extractingByKey("config/Pool/a")
          .isEqualTo(new Entry("config/Pool/a", bytes("5"), revisions.get(5)));
      assertThat(journal.at(revisions.get(4))).isEqualTo(new Past.Forgotten(revisions.get(5)));
      assertThat(journal.at(0)).isEqualTo(new Past.Forgotten(revisions.get(5)));
    }

    @Test
    void to_come_nothing_is_known() {
      long now = append(pool("a", "1"));

      assertThat(known(journal.at(now))).hasSize(1);
      assertThat(journal.at(now + 1)).isEqualTo(new Past.Future(now));
    }

    @Test
    void a_longer_memory_does_not_bring_back_what_was_trimmed() {
      for (int i = 0; i < 30; i++) {
        append(pool("a", "" + i));
      }
      journal = new Journal(store, 1_000);
      append(pool("a", "30"));

      assertThat(journal.entries(100)).hasSize(26);
      assertThat(journal.at(1)).isInstanceOf(Past.Forgotten.class);
    }

    @Test
    void a_shorter_memory_is_as_short_as_it_says() {
      for (int i = 0; i < 20; i++) {
        append(pool("a", "" + i));
      }
      journal = new Journal(store, 5);

      assertThat(journal.entries(100)).hasSize(5);
      append(pool("a", "20"));
      assertThat(journal.entries(100)).hasSize(5);
    }
  }

  @Nested
  class A_watch {
    @Test
    void tells_each_append_in_one_call_without_the_journals_own_keys() {
      Recording recording = new Recording();
      try (Watch watch = journal.watch(journal.read().revision(), recording)) {
        long first = append(pool("a", "1"), pool("b", "1"));
        write(store, put("term", "1"));
        long second = append(new Delete("config/Pool/a"));

        assertThat(recording.awaitRevision(second))
            .containsExactly(
                new Call(first, List.of(pool("a", "1"), pool("b", "1"))),
                new Call(second, List.of(new Delete("config/Pool/a"))));
      }
    }
  }

  @Nested
  class Appended_to_by_many {
    @Test
    void every_append_lands_exactly_once_or_conflicts() throws Exception {
      journal = new Journal(store, 1_000);
      int writers = 4;
      int each = 20;
      List<Long> committed = new ArrayList<>();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<List<Long>>> all = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          String name = "w" + w;
          all.add(
              threads.submit(() ->
                  IntStream.range(0, each)
                      .mapToObj(i -> append(journal.read(), pool(name, "" + i)))
                      .filter(Committed.class::isInstance)
                      .map(WatchContract::revision)
                      .toList()));
        }
        for (Future<List<Long>> one : all) {
          committed.addAll(one.get());
        }
      }
      committed.sort(null);

      assertThat(committed).hasSizeGreaterThanOrEqualTo(each);
      assertThat(journal.entries(1_000))
          .extracting(Recorded::revision)
          .isEqualTo(committed.reversed());
      assertThat(journal.read().head()).isEqualTo(committed.size());
    }
  }
}
