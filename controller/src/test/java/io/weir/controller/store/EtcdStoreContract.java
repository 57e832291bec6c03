package io.weir.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.weir.controller.store.Recording.Call;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.CommitResult.Committed;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.WatchListener;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.Store.Write.Put;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The contract against a real etcd, and what becomes of a store whose etcd has trouble. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class EtcdStoreContract extends StoreContract {
  private EtcdServer etcd;

  /** Each test has its own, so that it begins with an empty store. */
  private String cluster = UUID.randomUUID().toString();

  /** Or skips. */
  abstract EtcdServer start();

  @BeforeAll
  void starts() {
    etcd = start();
  }

  @AfterAll
  void stops() {
    if (etcd != null) {
      etcd.close();
    }
  }

  @AfterEach
  void leaves() {
    cluster = UUID.randomUUID().toString();
  }

  @Override
  Store open() {
    return connect(etcd.endpoint(), EtcdStore.DEADLINE);
  }

  private Store connect(URI endpoint, Duration deadline) {
    return EtcdStore.connect(EtcdAccess.plain(List.of(endpoint)), cluster, deadline);
  }

  /** As someone else would use the same etcd. */
  private void directly(ThrowingConsumer use) throws Exception {
    try (Client client = Client.builder().endpoints(etcd.endpoint()).build()) {
      use.accept(client.getKVClient());
    }
  }

  private interface ThrowingConsumer {
    void accept(KV kv) throws Exception;
  }

  private static ByteSequence sequence(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  @Nested
  class Sharing_an_etcd {
    @Test
    void stores_of_one_cluster_are_one_store() {
      try (Store one = open();
          Store other = open()) {
        assertThat(one.epoch()).isEqualTo(other.epoch());
        Recording recording = new Recording();
        try (Watch watch = other.watch("", other.list("").revision(), recording)) {
          long revision = write(one, put("a", "1"));
          assertThat(recording.awaitRevision(revision))
              .containsExactly(new Call(revision, List.of(put("a", "1"))));
        }
        assertThat(other.list("").entries()).isEqualTo(one.list("").entries());
      }
    }

    @Test
    void stores_of_other_clusters_see_nothing_of_it() {
      EtcdAccess endpoints = EtcdAccess.plain(List.of(etcd.endpoint()));
      try (Store one = open();
          Store longer = EtcdStore.connect(endpoints, cluster + "x", EtcdStore.DEADLINE)) {
        write(one, put("a", "1"));

        assertThat(longer.list("").entries()).isEmpty();
        assertThat(longer.epoch()).isNotEqualTo(one.epoch());
      }
    }

    @Test
    void other_users_only_make_revisions_skip() throws Exception {
      try (Store store = open()) {
        Recording recording = new Recording();
        try (Watch watch = store.watch("", store.list("").revision(), recording)) {
          long first = write(store, put("a", "1"));
          directly(kv -> kv.put(sequence("/other"), sequence("x")).get());
          long second = write(store, put("a", "2"));

          assertThat(second).isEqualTo(first + 2);
          assertThat(recording.awaitRevision(second))
              .extracting(Call::revision)
              .containsExactly(first, second);
        }
      }
    }
  }

  @Nested
  class A_large_backlog {
    @Test
    void of_many_megabytes_comes_whole() {
      ByteString mebibyte = ByteString.copyFrom(new byte[Store.MAX_VALUE_BYTES]);
      try (Store store = open()) {
        long start = store.list("").revision();
        List<Long> revisions =
            IntStream.range(0, 10).mapToObj(i -> write(store, new Put("k" + i, mebibyte))).toList();
        Recording recording = new Recording();
        try (Watch watch = store.watch("", start, recording)) {
          assertThat(recording.awaitRevision(revisions.getLast()))
              .extracting(Call::revision)
              .isEqualTo(revisions);
        }
        assertThat(store.list("").entries()).hasSize(10);
      }
    }

    @Test
    void of_large_transactions_comes_with_each_of_them_whole() {
      ByteString value = ByteString.copyFrom(new byte[13_000]);
      Write[] writes =
          IntStream.range(0, 100).mapToObj(i -> new Put("k" + i, value)).toArray(Write[]::new);
      try (Store store = open()) {
        long start = store.list("").revision();
        List<Long> revisions = IntStream.range(0, 8).mapToObj(_ -> write(store, writes)).toList();
        Recording recording = new Recording();
        try (Watch watch = store.watch("", start, recording)) {
          List<Call> calls = recording.awaitRevision(revisions.getLast());
          assertThat(calls).extracting(Call::revision).isEqualTo(revisions);
          assertThat(calls).allMatch(call -> call.changes().size() == writes.length);
        }
      }
    }

    @Test
    void of_more_than_is_held_for_a_slow_listener_comes_whole() throws Exception {
      Recording recording = new Recording();
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
      try (Store store = open();
          Watch watch = store.watch("", store.list("").revision(), slow);
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<List<Long>>> writers = new ArrayList<>();
        for (int w = 0; w < 8; w++) {
          String key = "k" + w;
          writers.add(
              threads.submit(() ->
                  IntStream.range(0, 160).mapToObj(i -> write(store, put(key, "" + i))).toList()));
        }
        List<Long> revisions = new ArrayList<>();
        for (Future<List<Long>> writer : writers) {
          revisions.addAll(writer.get());
        }
        revisions.sort(null);
        go.countDown();

        assertThat(recording.awaitRevision(revisions.getLast()))
            .extracting(Call::revision)
            .isEqualTo(revisions);
      }
    }
  }

  @Nested
  class When_etcd_is_away {
    private static final Duration SHORT = Duration.ofSeconds(1);

    @Test
    void at_the_start_it_says_so_within_the_deadline() throws IOException {
      URI nobody = URI.create("http://127.0.0.1:" + EtcdProcess.freePort());
      long began = System.nanoTime();

      assertThatThrownBy(() -> connect(nobody, SHORT))
          .isInstanceOf(StoreException.class)
          .hasMessage(
              "etcd at %s did not answer within 1 s (connection refused); check that it runs and"
                  + " that the address is right",
              nobody);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
    }

    @Test
    void for_a_while_calls_fail_within_the_deadline_and_work_again_afterwards() throws Exception {
      try (Link link = new Link(etcd.endpoint());
          Store store = connect(link.endpoint(), SHORT)) {
        write(store, put("a", "1"));
        link.cut();
        for (int i = 0; i < 3; i++) {
          long began = System.nanoTime();
          assertThatThrownBy(() -> write(store, put("a", "2")))
              .isInstanceOf(StoreException.class)
              .hasMessageStartingWith("etcd at " + link.endpoint() + " did not answer within 1 s");
          assertThatThrownBy(() -> store.list("")).isInstanceOf(StoreException.class);
          assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        }
        link.mend();

        awaitAnswer(store);
        // What had failed was not done later, behind the caller's back.
        assertThat(store.list("a").entries()).extracting(Entry::value).containsExactly(bytes("1"));
      }
    }

    @Test
    void for_a_while_a_watch_misses_and_repeats_nothing() throws Exception {
      Recording recording = new Recording();
      try (Link link = new Link(etcd.endpoint());
          Store cut = connect(link.endpoint(), SHORT);
          Store store = open();
          Watch watch = cut.watch("a", cut.list("").revision(), recording)) {
        List<Long> revisions = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
          for (int i = 0; i < 20; i++) {
            revisions.add(write(store, put("a", "" + i)));
          }
          link.cut();
          for (int i = 0; i < 20; i++) {
            revisions.add(write(store, put("a", "" + i)));
          }
          link.mend();
        }

        assertThat(recording.awaitRevision(revisions.getLast()))
            .extracting(Call::revision)
            .isEqualTo(revisions);
        assertThat(recording.lost()).isNull();
      }
    }

    @Test
    void and_compacted_meanwhile_a_watch_is_lost() throws Exception {
      Recording recording = new Recording();
      try (Link link = new Link(etcd.endpoint());
          Store cut = connect(link.endpoint(), SHORT);
          Store store = open();
          Watch watch = cut.watch("a", cut.list("").revision(), recording)) {
        long seen = write(store, put("a", "1"));
        recording.awaitRevision(seen);
        link.cut();
        write(store, put("a", "2"));
        long last = write(store, put("a", "3"));
        directly(kv -> kv.compact(last).get());
        link.mend();

        assertThat(recording.awaitLost())
            .isEqualTo(
                "compacted: changes after revision %d were asked for, kept are those from %d on"
                    .formatted(seen, last));
        assertThat(recording.calls()).hasSize(1);
      }
    }

    @Test
    void and_comes_back_with_other_data_nothing_is_read_written_or_told() throws Exception {
      Recording recording = new Recording();
      try (Link link = new Link(etcd.endpoint());
          Store store = connect(link.endpoint(), SHORT);
          Watch watch = store.watch("a", store.list("").revision(), recording)) {
        recording.awaitRevision(write(store, put("a", "1")));
        link.cut();
        directly(kv -> kv.put(sequence("/weir/" + cluster + "/meta/epoch"), sequence("new")).get());
        link.mend();

        assertThat(recording.awaitLost()).contains("holds other data than before", "epoch 'new'");
        String sentence =
            "etcd at %s holds other data than before (epoch 'new', was '%s'); the controller begins anew with it"
                .formatted(link.endpoint(), store.epoch());
        assertThatThrownBy(() -> store.list(""))
            .isInstanceOf(StoreException.class)
            .hasMessage(sentence);
        assertThatThrownBy(() -> write(store, put("a", "2")))
            .isInstanceOf(StoreException.class)
            .hasMessage(sentence);
      }
      try (Store restarted = open()) {
        assertThat(restarted.epoch()).isEqualTo("new");
        assertThat(restarted.list("").entries())
            .extracting(Entry::value)
            .containsExactly(bytes("1"));
      }
    }

    @Test
    void because_it_crashed_no_step_of_a_count_is_lost_or_told_twice() throws Exception {
      Recording recording = new Recording();
      AtomicBoolean enough = new AtomicBoolean();
      try (Store store = open();
          Watch watch = store.watch("n", store.list("").revision(), recording);
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Integer> acked = threads.submit(() -> count(store, enough));
        for (int crash = 0; crash < 2; crash++) {
          int before = recording.calls().size();
          await().until(() -> recording.calls().size() > before + 50);
          etcd.kill();
          etcd.restart();
        }
        int after = recording.calls().size();
        await().atMost(Duration.ofSeconds(20)).until(() -> recording.calls().size() > after + 50);
        enough.set(true);
        int count = acked.get();

        Entry last = store.list("n").entries().getFirst();
        assertThat(Integer.parseInt(last.value().toStringUtf8())).isGreaterThanOrEqualTo(count);
        List<Call> calls = recording.awaitRevision(last.revision());
        assertThat(calls)
            .extracting(call -> ((Put) call.changes().getFirst()).value().toStringUtf8())
            .isEqualTo(
                IntStream.rangeClosed(1, Integer.parseInt(last.value().toStringUtf8()))
                    .mapToObj(Integer::toString)
                    .toList());
      }
    }

    /** Counts up one by one, reading again whenever the outcome is a conflict or unknown. */
    private int count(Store store, AtomicBoolean enough) {
      int acked = 0;
      while (!enough.get()) {
        try {
          List<Entry> now = store.list("n").entries();
          long revision = now.isEmpty() ? 0 : now.getFirst().revision();
          int value = now.isEmpty() ? 0 : Integer.parseInt(now.getFirst().value().toStringUtf8());
          CommitResult result =
              commit(store, List.of(new Expectation("n", revision)), put("n", "" + (value + 1)));
          if (result instanceof Committed) {
            acked = value + 1;
          }
        } catch (StoreException e) {
          // Away; the next try waits for it.
        }
      }
      return acked;
    }

    private void awaitAnswer(Store store) {
      await()
          .atMost(Duration.ofSeconds(10))
          .ignoreExceptionsInstanceOf(StoreException.class)
          .until(() -> store.list("").revision() > 0);
    }
  }
}
