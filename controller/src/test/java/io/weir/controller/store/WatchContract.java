package io.weir.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Recording.Call;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.CommitResult.Committed;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.WatchListener;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.Store.Write.Delete;
import io.weir.controller.store.Store.Write.Put;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What every {@link Store}'s watches do. Each test begins with an empty store. */
abstract class WatchContract {
  Store store;

  /** The store with what this test wrote so far. */
  abstract Store open() throws Exception;

  @BeforeEach
  void opens() throws Exception {
    store = open();
  }

  @AfterEach
  void closes() {
    // Null where it did not open.
    if (store != null) {
      store.close();
    }
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  static Put put(String key, String value) {
    return new Put(key, bytes(value));
  }

  static CommitResult commit(Store store, List<Expectation> expectations, Write... writes) {
    return store.commit(new Transaction(expectations, List.of(writes)));
  }

  /** Writes without expectations. */
  static long write(Store store, Write... writes) {
    return revision(commit(store, List.of(), writes));
  }

  static long revision(CommitResult result) {
    assertThat(result).isInstanceOf(Committed.class);
    return ((Committed) result).revision();
  }

  @Nested
  class A_watch {
    private final Recording recording = new Recording();

    @Test
    void tells_each_transaction_once_and_whole() {
      long start = write(store, put("before", "x"));
      try (Watch watch = store.watch("", start, recording)) {
        long first = write(store, put("a", "1"), put("b", "1"));
        long second = write(store, new Delete("a"), put("b", "2"));

        assertThat(recording.awaitRevision(second))
            .containsExactly(
                new Call(first, List.of(put("a", "1"), put("b", "1"))),
                new Call(second, List.of(new Delete("a"), put("b", "2"))));
      }
    }

    @Test
    void tells_only_what_is_below_its_prefix() {
      long start = store.list("").revision();
      try (Watch watch = store.watch("a/b", start, recording)) {
        long first = write(store, put("a/b", "1"), put("a", "1"), put("a/bc", "1"));
        write(store, put("a/c", "1"), put("b", "1"));
        long third = write(store, put("a/b/c", "1"), new Delete("a"));

        assertThat(recording.awaitRevision(third))
            .containsExactly(
                new Call(first, List.of(put("a/b", "1"), put("a/bc", "1"))),
                new Call(third, List.of(put("a/b/c", "1"))));
      }
    }

    @Test
    void begins_in_the_past_behind_the_revision_asked_for() {
      long first = write(store, put("a", "1"));
      long second = write(store, put("a", "2"));
      long third = write(store, put("a", "3"));
      try (Watch watch = store.watch("a", first, recording)) {
        assertThat(recording.awaitRevision(third))
            .extracting(Call::revision)
            .containsExactly(second, third);
        long fourth = write(store, put("a", "4"));
        assertThat(recording.awaitRevision(fourth))
            .extracting(Call::revision)
            .containsExactly(second, third, fourth);
      }
    }

    @Test
    void hears_nothing_of_conflicts_and_of_deletes_of_nothing() {
      long start = write(store, put("a", "1"));
      try (Watch watch = store.watch("", start, recording)) {
        commit(store, List.of(new Expectation("a", 0)), put("a", "2"));
        write(store, new Delete("b"));
        long last = write(store, put("a", "3"), new Delete("b"));

        assertThat(recording.awaitRevision(last))
            .containsExactly(new Call(last, List.of(put("a", "3"))));
      }
    }

    @Test
    void misses_and_repeats_nothing_while_many_write() throws Exception {
      int writers = 4;
      int each = 40;
      List<Long> revisions = new ArrayList<>();
      try (Watch early = store.watch("n/", store.list("").revision(), recording);
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<List<Long>>> written = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          String key = "n/" + w;
          written.add(
              threads.submit(() ->
                  IntStream.range(0, each)
                      .mapToObj(i -> write(store, put(key, "" + i), put("n/last", key)))
                      .toList()));
        }
        for (Future<List<Long>> writer : written) {
          revisions.addAll(writer.get());
        }
        revisions.sort(null);

        assertThat(recording.awaitRevision(revisions.getLast()))
            .extracting(Call::revision)
            .isEqualTo(revisions);
      }
      // From any revision on it is the same story.
      Recording late = new Recording();
      try (Watch watch = store.watch("n/", revisions.get(70), late)) {
        assertThat(late.awaitRevision(revisions.getLast()))
            .isEqualTo(recording.calls().subList(71, writers * each));
      }
    }

    @Test
    void waits_for_a_slow_listener_and_then_tells_it_all() throws Exception {
      CountDownLatch go = new CountDownLatch(1);
      WatchListener slow =
          new WatchListener() {
            @Override
            public void onChanges(long revision, List<Write> changes) {
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              recording.onChanges(revision, changes);
            }

            @Override
            public void onLost(String reason) {
              recording.onLost(reason);
            }
          };
      long start = store.list("").revision();
      try (Watch watch = store.watch("", start, slow)) {
        List<Long> revisions =
            IntStream.range(0, 50).mapToObj(i -> write(store, put("a", "" + i))).toList();
        go.countDown();

        assertThat(recording.awaitRevision(revisions.getLast()))
            .extracting(Call::revision)
            .isEqualTo(revisions);
      }
    }

    @Test
    void calls_nobody_once_closed() {
      Recording other = new Recording();
      long start = store.list("").revision();
      try (Watch closed = store.watch("", start, recording);
          Watch open = store.watch("", start, other)) {
        long first = write(store, put("a", "1"));
        recording.awaitRevision(first);
        closed.close();
        long last = write(store, put("a", "2"));
        other.awaitRevision(last);

        assertThat(recording.calls()).extracting(Call::revision).containsExactly(first);
        assertThat(recording.lost()).isNull();
      }
    }

    @Test
    void may_be_closed_by_its_own_listener() {
      Recording other = new Recording();
      List<Watch> self = new ArrayList<>();
      CountDownLatch known = new CountDownLatch(1);
      long start = store.list("").revision();
      WatchListener once =
          new WatchListener() {
            @Override
            public void onChanges(long revision, List<Write> changes) {
              recording.onChanges(revision, changes);
              try {
                known.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              self.getFirst().close();
            }

            @Override
            public void onLost(String reason) {
              recording.onLost(reason);
            }
          };
      try (Watch watch = store.watch("", start, once);
          Watch open = store.watch("", start, other)) {
        self.add(watch);
        known.countDown();
        long first = write(store, put("a", "1"));
        recording.awaitRevision(first);
        other.awaitRevision(write(store, put("a", "2")));

        assertThat(recording.calls()).extracting(Call::revision).containsExactly(first);
      }
    }

    @Test
    void whose_listener_throws_is_lost_and_disturbs_no_other() {
      Recording other = new Recording();
      long start = store.list("").revision();
      WatchListener failing =
          new WatchListener() {
            @Override
            public void onChanges(long revision, List<Write> changes) {
              throw new IllegalStateException("broken listener");
            }

            @Override
            public void onLost(String reason) {
              recording.onLost(reason);
            }
          };
      try (Watch watch = store.watch("", start, failing);
          Watch open = store.watch("", start, other)) {
        long first = write(store, put("a", "1"));

        assertThat(recording.awaitLost()).contains("revision " + first, "broken listener");
        other.awaitRevision(write(store, put("a", "2")));
      }
    }

    @Test
    void from_a_revision_the_store_has_not_reached_is_lost() {
      try (Watch watch = store.watch("", store.list("").revision() + 100, recording)) {
        assertThat(recording.awaitLost()).isNotEmpty();
      }
    }
  }
}
