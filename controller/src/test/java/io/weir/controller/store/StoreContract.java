package io.weir.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Recording.Call;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.CommitResult.Committed;
import io.weir.controller.store.Store.CommitResult.Conflict;
import io.weir.controller.store.Store.CommitResult.TooLarge;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Listing;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.Store.Write.Delete;
import io.weir.controller.store.Store.Write.Put;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What every {@link Store} does. */
abstract class StoreContract extends WatchContract {
  private List<String> keys(String prefix) {
    return store.list(prefix).entries().stream().map(Entry::key).toList();
  }

  @Nested
  class A_commit {
    @Test
    void writes_and_tells_its_revision() {
      long first = write(store, put("a", "1"));
      long second = write(store, put("b", "2"));

      assertThat(first).isPositive();
      assertThat(second).isGreaterThan(first);
      assertThat(store.list("").entries())
          .containsExactly(new Entry("a", bytes("1"), first), new Entry("b", bytes("2"), second));
      assertThat(store.list("").revision()).isEqualTo(second);
    }

    @Test
    void gives_all_its_keys_one_revision() {
      write(store, put("gone", "x"));
      long revision = write(store, put("a", "1"), put("b", "2"), new Delete("gone"));

      assertThat(store.list("").entries())
          .containsExactly(
              new Entry("a", bytes("1"), revision), new Entry("b", bytes("2"), revision));
    }

    @Test
    void of_the_same_value_is_a_write_nevertheless() {
      long first = write(store, put("a", "1"));

      assertThat(write(store, put("a", "1"))).isGreaterThan(first);
    }

    @Test
    void that_deletes_only_what_is_not_there_writes_nothing() {
      long before = write(store, put("a", "1"));

      assertThat(write(store, new Delete("b"))).isEqualTo(before);
      assertThat(store.list("").revision()).isEqualTo(before);
    }

    @Test
    void takes_empty_values_and_every_byte() {
      ByteString all = ByteString.copyFrom(new byte[] {0, -1, 10, 127, -128});
      write(store, new Put("all", all), new Put("empty", ByteString.EMPTY));

      assertThat(store.list("").entries())
          .extracting(Entry::value)
          .containsExactly(all, ByteString.EMPTY);
    }

    @Test
    void refuses_two_writes_of_one_key() {
      assertThatThrownBy(() -> write(store, put("a", "1"), new Delete("a")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a is written twice");
    }

    @Test
    void refuses_what_is_no_key() {
      for (String key : List.of("", "x".repeat(513), "\ud800")) {
        assertThatThrownBy(() -> write(store, put(key, "1")))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("not a key");
      }
    }
  }

  @Nested
  class An_expectation {
    @Test
    void that_a_key_does_not_exist_holds_once() {
      List<Expectation> absent = List.of(new Expectation("a", 0));

      revision(commit(store, absent, put("a", "1")));
      assertThat(commit(store, absent, put("a", "2"))).isEqualTo(new Conflict());

      write(store, new Delete("a"));
      revision(commit(store, absent, put("a", "3")));
    }

    @Test
    void of_a_revision_holds_until_the_next_write() {
      long first = write(store, put("a", "1"));
      List<Expectation> seen = List.of(new Expectation("a", first));

      long second = revision(commit(store, seen, put("a", "2")));
      assertThat(commit(store, seen, put("a", "3"))).isEqualTo(new Conflict());
      assertThat(store.list("a").entries()).containsExactly(new Entry("a", bytes("2"), second));
    }

    @Test
    void that_fails_keeps_everything_from_being_written() {
      long a = write(store, put("a", "1"));
      long b = write(store, put("b", "1"));
      Listing before = store.list("");

      CommitResult result =
          commit(
              store,
              List.of(new Expectation("a", a), new Expectation("b", b - 1)),
              put("a", "2"),
              put("c", "2"),
              new Delete("b"));

      assertThat(result).isEqualTo(new Conflict());
      assertThat(store.list("")).isEqualTo(before);
    }

    @Test
    void may_be_of_keys_that_are_not_written() {
      long a = write(store, put("a", "1"));

      revision(commit(store, List.of(new Expectation("a", a)), put("b", "1")));
      assertThat(commit(store, List.of(new Expectation("a", 0)), put("b", "2")))
          .isEqualTo(new Conflict());
    }

    @Test
    void without_writes_is_a_question() {
      long a = write(store, put("a", "1"));

      assertThat(commit(store, List.of(new Expectation("a", a)))).isEqualTo(new Committed(a));
      assertThat(commit(store, List.of(new Expectation("a", 0)))).isEqualTo(new Conflict());
    }
  }

  @Nested
  class The_size_of_a_transaction {
    private Transaction puts(int writes, int keySize, int valueSize) {
      return new Transaction(
          List.of(),
          IntStream.range(0, writes)
              .<Write>mapToObj(i ->
                  new Put(
                      "%03d".formatted(i) + "k".repeat(keySize - 3),
                      ByteString.copyFrom(new byte[valueSize])))
              .toList());
    }

    @Test
    void may_be_as_large_as_is_said() {
      int each = Store.MAX_TRANSACTION_BYTES / Store.MAX_WRITES;
      revision(
          store.commit(puts(Store.MAX_WRITES, Store.MAX_KEY_BYTES, each - Store.MAX_KEY_BYTES)));
      revision(store.commit(puts(1, 3, Store.MAX_VALUE_BYTES)));

      assertThat(keys("")).hasSize(Store.MAX_WRITES + 1);
    }

    @Test
    void may_have_as_many_expectations_as_is_said() {
      List<Expectation> absent =
          IntStream.range(0, Store.MAX_WRITES)
              .mapToObj(i -> new Expectation("%03d".formatted(i) + "k".repeat(509), 0))
              .toList();

      revision(store.commit(new Transaction(absent, puts(110, 512, 1).writes())));
    }

    @Test
    void is_refused_with_the_reason_when_it_is_beyond() {
      assertThat(store.commit(puts(Store.MAX_WRITES + 1, 3, 1)))
          .isEqualTo(
              new TooLarge(
                  "111 writes and 0 expectations are more than the 110 that fit in one"
                      + " transaction"));
      assertThat(store.commit(puts(1, 3, Store.MAX_VALUE_BYTES + 1)))
          .isEqualTo(
              new TooLarge("the value of 000 is 1048577 bytes, more than the 1048576 that fit"));
      assertThat(store.commit(puts(2, 3, 700_000)))
          .isEqualTo(
              new TooLarge("1400006 bytes are more than the 1400000 that fit in one transaction"));
      assertThat(keys("")).isEmpty();
    }
  }

  @Nested
  class A_list {
    @Test
    void of_nothing_is_empty() {
      assertThat(store.list("").entries()).isEmpty();
      assertThat(store.list("a").entries()).isEmpty();
    }

    @Test
    void has_the_keys_that_begin_with_the_prefix_and_no_others() {
      write(store, put("a", "1"), put("a/", "1"), put("a/b", "1"), put("a/b/c", "1"));
      write(store, put("a/bc", "1"), put("a0", "1"), put("b", "1"), put("\uffff", "1"));

      assertThat(keys("a/b")).containsExactly("a/b", "a/b/c", "a/bc");
      assertThat(keys("a/b/")).containsExactly("a/b/c");
      assertThat(keys("a/")).containsExactly("a/", "a/b", "a/b/c", "a/bc");
      assertThat(keys("a")).containsExactly("a", "a/", "a/b", "a/b/c", "a/bc", "a0");
      assertThat(keys("\uffff")).containsExactly("\uffff");
      assertThat(keys("c")).isEmpty();
      assertThat(keys("")).hasSize(8);
    }

    @Test
    void is_in_the_order_of_the_keys_bytes() {
      // In UTF-16 the last two would be the other way round.
      List<String> ordered = List.of("A", "B", "a", "\u00e9", "\uff5e", "\ud834\udd1e");
      for (String key : ordered.reversed()) {
        write(store, put(key, "1"));
      }

      assertThat(keys("")).isEqualTo(ordered);
    }

    @Test
    void is_never_torn() throws Exception {
      write(store, put("a", "0"), put("b", "0"));
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<?> writer =
            threads.submit(() -> {
              for (int i = 1; i <= 100; i++) {
                write(store, put("a", "" + i), put("b", "" + i));
              }
            });
        while (!writer.isDone()) {
          Listing listing = store.list("");
          Entry a = listing.entries().getFirst();
          Entry b = listing.entries().getLast();
          assertThat(a.value()).isEqualTo(b.value());
          assertThat(a.revision()).isEqualTo(b.revision());
          assertThat(listing.revision()).isEqualTo(a.revision());
        }
        writer.get();
      }
    }
  }

  @Nested
  class Opened_again {
    @Test
    void it_has_what_was_written_and_goes_on_from_there() throws Exception {
      String epoch = store.epoch();
      long first = write(store, put("a", "1"));
      long second = write(store, put("b", "2"), new Delete("a"));
      store.close();
      store = open();

      assertThat(store.epoch()).isNotEmpty().isEqualTo(epoch);
      assertThat(store.list(""))
          .isEqualTo(new Listing(second, List.of(new Entry("b", bytes("2"), second))));
      assertThat(commit(store, List.of(new Expectation("b", first)), put("b", "3")))
          .isEqualTo(new Conflict());
      assertThat(write(store, put("c", "3"))).isGreaterThan(second);
    }

    @Test
    void its_past_can_still_be_watched() throws Exception {
      long first = write(store, put("a", "1"));
      long second = write(store, put("a", "2"));
      store.close();
      store = open();
      Recording recording = new Recording();
      try (Watch watch = store.watch("", first, recording)) {
        assertThat(recording.awaitRevision(second))
            .containsExactly(new Call(second, List.of(put("a", "2"))));
      }
    }
  }

  @Nested
  class Counting_up_by_many {
    @Test
    void loses_no_step() throws Exception {
      int writers = 4;
      int each = 25;
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> all = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          all.add(
              threads.submit(() -> {
                for (int i = 0; i < each; i++) {
                  while (!step()) {}
                }
              }));
        }
        for (Future<?> one : all) {
          one.get();
        }
      }

      assertThat(store.list("n").entries())
          .extracting(e -> e.value().toStringUtf8())
          .containsExactly("" + writers * each);
    }

    private boolean step() {
      List<Entry> now = store.list("n").entries();
      long revision = now.isEmpty() ? 0 : now.getFirst().revision();
      int value = now.isEmpty() ? 0 : Integer.parseInt(now.getFirst().value().toStringUtf8());
      return commit(store, List.of(new Expectation("n", revision)), put("n", "" + (value + 1)))
          instanceof Committed;
    }
  }

  @Nested
  class In_a_random_life {
    @Test
    void it_is_what_a_sorted_map_would_be() {
      long seed = Long.getLong("weir.seed", System.nanoTime());
      new StoreModel(seed).live(store, 400);
    }
  }
}
