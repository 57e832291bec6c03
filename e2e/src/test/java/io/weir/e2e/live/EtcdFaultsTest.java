package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.CompactOption;
import io.etcd.jetcd.options.GetOption;
import io.weir.controller.store.EtcdAccess;
import io.weir.controller.store.EtcdStore;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Watch;
import io.weir.controller.store.Store.WatchListener;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The store while members of its etcd come and go. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class EtcdFaultsTest {
  private static final String CLUSTER = "default";
  private static final Duration SOON = Duration.ofSeconds(20);

  /** What a call may take at most, and half a second for a machine with better things to do. */
  private static final Duration AT_MOST = EtcdStore.DEADLINE.plusMillis(1_500);

  private @Nullable EtcdCluster etcd;

  @BeforeEach
  void assumeInstalled() {
    Assumptions.assumeTrue(EtcdCluster.installed(), "no etcd on the PATH: install it");
  }

  @AfterEach
  void stop() {
    if (etcd != null) {
      etcd.close();
    }
  }

  private EtcdCluster start(EtcdCluster.Settings settings) {
    etcd = EtcdCluster.start(settings);
    return etcd;
  }

  private static Store connect(EtcdCluster cluster) {
    return EtcdStore.connect(EtcdAccess.plain(cluster.endpoints()), CLUSTER, EtcdStore.DEADLINE);
  }

  private static CommitResult put(Store store, String key, String value, long... expected) {
    return store.commit(
        new Transaction(
            expected.length == 0 ? List.of() : List.of(new Expectation(key, expected[0])),
            List.of(new Write.Put(key, ByteString.copyFromUtf8(value)))));
  }

  /** Two writers and a watcher, until told to stop. */
  private static final class Traffic implements AutoCloseable {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicBoolean enough = new AtomicBoolean();
    private final AtomicLong longest = new AtomicLong();
    final AtomicInteger counted = new AtomicInteger();
    final Queue<String> failed = new ConcurrentLinkedQueue<>();
    final List<String> acknowledged = new ArrayList<>();
    final List<String> seen = new ArrayList<>();
    final List<Long> revisions = new ArrayList<>();
    private volatile @Nullable String lost;
    private final Store store;
    private final Watch watch;
    private final List<Future<?>> writers;

    Traffic(Store store) {
      this.store = store;
      this.watch =
          store.watch(
              "count",
              store.list("").revision(),
              new WatchListener() {
                @Override
                public void onChanges(long revision, List<Write> changes) {
                  synchronized (seen) {
                    revisions.add(revision);
                    changes.forEach(
                        change -> seen.add(((Write.Put) change).value().toStringUtf8()));
                  }
                }

                @Override
                public void onLost(String reason) {
                  lost = reason;
                }
              });
      this.writers = List.of(threads.submit(this::count), threads.submit(this::append));
    }

    /** Counts up one by one, and reads where it is only when a write failed. */
    private void count() {
      long revision = 0;
      int value = 0;
      while (!enough.get()) {
        try {
          switch (timed(revision, value + 1)) {
            case CommitResult.Committed(long written) -> {
              revision = written;
              value++;
              counted.set(value);
            }
            case CommitResult.Conflict() ->
                throw new AssertionError("conflict at " + value + " though nobody else counts");
            case CommitResult.TooLarge(String reason) -> throw new AssertionError(reason);
          }
        } catch (StoreException e) {
          failed.add(String.valueOf(e.getMessage()));
          Optional<Entry> now = read();
          revision = now.map(Entry::revision).orElse(revision);
          value = now.map(entry -> Integer.parseInt(entry.value().toStringUtf8())).orElse(value);
        }
      }
    }

    private CommitResult timed(long revision, int value) {
      long began = System.nanoTime();
      try {
        return put(store, "count", Integer.toString(value), revision);
      } finally {
        longest.accumulateAndGet(System.nanoTime() - began, Math::max);
      }
    }

    private Optional<Entry> read() {
      while (!enough.get()) {
        try {
          return store.list("count").entries().stream().findFirst();
        } catch (StoreException e) {
          failed.add(String.valueOf(e.getMessage()));
        }
      }
      return Optional.empty();
    }

    /** Writes new keys, expecting nothing. */
    private void append() {
      for (int i = 0; !enough.get(); i++) {
        String key = "log/%08d".formatted(i);
        try {
          put(store, key, "x");
          synchronized (acknowledged) {
            acknowledged.add(key);
          }
        } catch (StoreException e) {
          failed.add(String.valueOf(e.getMessage()));
        }
      }
    }

    Duration longest() {
      return Duration.ofNanos(longest.get());
    }

    void awaitCount(int more) {
      int until = counted.get() + more;
      Await.until("the count to reach " + until, SOON, () -> counted.get() >= until);
    }

    /** Ends the writers and holds what was seen against what is there. */
    void assertNothingLostOrRepeated(EtcdCluster etcd) throws Exception {
      awaitCount(1);
      enough.set(true);
      for (Future<?> writer : writers) {
        writer.get(20, TimeUnit.SECONDS);
      }
      Entry last = store.list("count").entries().getFirst();
      Await.until(
          "the watch to come to revision " + last.revision() + "; lost: " + lost,
          SOON,
          () -> {
            synchronized (seen) {
              return !revisions.isEmpty() && revisions.getLast() == last.revision();
            }
          });
      assertThat(seen)
          .isEqualTo(
              IntStream.rangeClosed(1, Integer.parseInt(last.value().toStringUtf8()))
                  .mapToObj(Integer::toString)
                  .toList());
      assertThat(lost).isNull();
      try (Client client = etcd.client()) {
        List<KeyValue> log =
            client
                .getKVClient()
                .get(
                    bytes("/weir/" + CLUSTER + "/data/log/"),
                    GetOption.builder().isPrefix(true).build())
                .get()
                .getKvs();
        assertThat(log)
            .extracting(entry -> entry.getKey().toString().substring(19))
            .containsAll(acknowledged);
        assertThat(log).as("a write that was done twice").allMatch(e -> e.getVersion() == 1);
      }
    }

    @Override
    public void close() {
      enough.set(true);
      watch.close();
      threads.close();
    }
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  @Nested
  class With_one_of_three_members {
    @Test
    void frozen_in_turn_writes_go_on_and_nothing_is_lost_or_repeated() throws Exception {
      EtcdCluster etcd = start(EtcdCluster.Settings.members(3));
      try (Store store = connect(etcd);
          Traffic traffic = new Traffic(store)) {
        traffic.awaitCount(20);
        for (int i = 0; i < 4; i++) {
          // Now and then the one that leads.
          int member = i % 2 == 0 ? etcd.leader() : (etcd.leader() + 1) % 3;
          etcd.freeze(member);
          traffic.awaitCount(20);
          etcd.thaw(member);
          etcd.awaitServing(member);
        }

        traffic.assertNothingLostOrRepeated(etcd);
        assertThat(traffic.longest()).isLessThan(AT_MOST);
        assertThat(traffic.failed).isEmpty();
      }
    }

    @Test
    void killed_in_turn_writes_go_on_and_nothing_is_lost_or_repeated() throws Exception {
      EtcdCluster etcd = start(EtcdCluster.Settings.members(3));
      try (Store store = connect(etcd);
          Traffic traffic = new Traffic(store)) {
        traffic.awaitCount(20);
        for (int i = 0; i < 3; i++) {
          int member = i % 2 == 0 ? etcd.leader() : (etcd.leader() + 1) % 3;
          etcd.kill(member);
          traffic.awaitCount(20);
          etcd.restart(member);
          etcd.awaitServing(member);
        }

        traffic.assertNothingLostOrRepeated(etcd);
        assertThat(traffic.longest()).isLessThan(AT_MOST);
        assertThat(traffic.failed).isEmpty();
      }
    }
  }

  @Test
  void with_two_of_three_members_gone_calls_fail_fast_and_say_why() throws Exception {
    EtcdCluster etcd = start(EtcdCluster.Settings.members(3));
    try (Store store = connect(etcd)) {
      put(store, "a", "1");
      etcd.kill(0);
      etcd.freeze(1);
      for (Runnable call : List.<Runnable>of(() -> put(store, "a", "2"), () -> store.list(""))) {
        long began = System.nanoTime();
        assertThatThrownBy(call::run)
            .isInstanceOf(StoreException.class)
            .hasMessageMatching(
                "etcd at http://\\S+ did not answer within 7 s \\(.*"
                    + etcd.endpoint(0).getAuthority()
                    + ": connection refused.*\\); reads and writes fail until a majority of its"
                    + " members is back, agents go on with what they have");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(AT_MOST);
      }
      etcd.thaw(1);

      Await.until("writes to go on", SOON, () -> succeeds(() -> put(store, "a", "3")));
      assertThat(store.list("a").entries())
          .extracting(entry -> entry.value().toStringUtf8())
          .containsExactly("3");
    }
  }

  private static boolean succeeds(Runnable call) {
    try {
      call.run();
      return true;
    } catch (StoreException e) {
      return false;
    }
  }

  @Test
  void compacted_all_the_while_with_members_killed_a_watch_that_keeps_up_loses_nothing()
      throws Exception {
    EtcdCluster etcd = start(EtcdCluster.Settings.members(3));
    try (Store store = connect(etcd);
        Client client = etcd.client();
        Traffic traffic = new Traffic(store)) {
      for (int i = 0; i < 6; i++) {
        traffic.awaitCount(20);
        // Some way behind the newest, as an automatic compaction is.
        long behind;
        synchronized (traffic.seen) {
          behind = traffic.revisions.getLast();
        }
        client
            .getKVClient()
            .compact(behind, CompactOption.builder().withCompactPhysical(true).build())
            .get(20, TimeUnit.SECONDS);
        if (i % 3 == 0) {
          etcd.kill(i % 2);
        } else if (i % 3 == 1) {
          int gone = (i - 1) % 2;
          etcd.restart(gone);
          etcd.awaitServing(gone);
        }
      }

      traffic.assertNothingLostOrRepeated(etcd);
    }
  }

  @Test
  void full_it_says_what_to_do_and_goes_on_once_that_is_done() throws Exception {
    EtcdCluster etcd = start(EtcdCluster.Settings.members(1).withQuota(16 << 20));
    try (Store store = connect(etcd);
        Client client = etcd.client()) {
      String megabyte = "x".repeat(1 << 20);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 40; i++) {
                  put(store, "big", megabyte);
                }
              })
          .isInstanceOf(StoreException.class)
          .hasMessage(
              "etcd at %s has no space left for writes (NOSPACE); compact and defragment it, or"
                  + " raise its --quota-backend-bytes, then run etcdctl alarm disarm",
              etcd.endpoint(0));
      assertThat(store.list("big").entries()).hasSize(1);

      client
          .getKVClient()
          .compact(
              store.list("").revision(), CompactOption.builder().withCompactPhysical(true).build())
          .get();
      client.getMaintenanceClient().defragmentMember(etcd.endpoint(0).toString()).get();
      for (var alarm : client.getMaintenanceClient().listAlarms().get().getAlarms()) {
        client.getMaintenanceClient().alarmDisarm(alarm).get();
      }
      assertThat(put(store, "small", "1")).isInstanceOf(CommitResult.Committed.class);
    }
  }

  @Nested
  class With_TLS_and_users {
    private EtcdAccess access(EtcdCluster etcd) {
      Certificates made = etcd.certificates();
      return new EtcdAccess(
          etcd.endpoints(),
          Optional.of(made.authority()),
          Optional.of(new EtcdAccess.ClientCertificate(made.clientCertificate(), made.clientKey())),
          Optional.of(new EtcdAccess.Login(EtcdCluster.USER, etcd.passwordFile())));
    }

    @Test
    void tokens_are_renewed_as_they_expire_and_members_may_restart() throws Exception {
      EtcdCluster etcd = start(EtcdCluster.Settings.members(3).withTls().withUsers(2));
      try (Store store = EtcdStore.connect(access(etcd), CLUSTER, EtcdStore.DEADLINE)) {
        try (Traffic traffic = new Traffic(store)) {
          traffic.awaitCount(20);
          etcd.kill(etcd.leader());
          traffic.awaitCount(20);
          traffic.assertNothingLostOrRepeated(etcd);
          assertThat(traffic.failed).isEmpty();
        }
        // Nothing was said for longer than a token lasts.
        long quietUntil = System.nanoTime() + Duration.ofSeconds(4).toNanos();
        Await.until("the token to expire", SOON, () -> System.nanoTime() > quietUntil);
        assertThat(put(store, "after", "1")).isInstanceOf(CommitResult.Committed.class);
      }
    }

    @Test
    void what_is_wrong_is_said_in_a_sentence() throws Exception {
      EtcdCluster etcd = start(EtcdCluster.Settings.members(1).withTls().withUsers(0));
      EtcdAccess right = access(etcd);
      String name = "etcd at " + etcd.endpoint(0);
      Path other = Files.writeString(etcd.passwordFile().resolveSibling("other"), "guessed\n");

      assertRefused(
          new EtcdAccess(
              right.endpoints(),
              right.authority(),
              right.certificate(),
              Optional.of(new EtcdAccess.Login(EtcdCluster.USER, other))),
          CLUSTER,
          name + " does not know this user and password; check --etcd-user and its password");
      assertRefused(
          right,
          "elsewhere",
          name
              + " denies its user the permission; grant it to read and write every key that begins"
              + " with /weir/ and the cluster's name");
      assertRefused(
          new EtcdAccess(right.endpoints(), Optional.empty(), right.certificate(), right.login()),
          CLUSTER,
          name
              + " did not answer within 7 s (its certificate is not signed by an authority of"
              + " --etcd-ca); check that it runs and that the address is right");
      assertRefused(
          new EtcdAccess(right.endpoints(), right.authority(), Optional.empty(), right.login()),
          CLUSTER,
          name
              + " did not answer within 7 s (it refuses our certificate; check --etcd-cert and"
              + " --etcd-key); check that it runs and that the address is right");
      assertRefused(
          new EtcdAccess(
              right.endpoints(),
              Optional.of(Path.of("/nowhere/ca.pem")),
              right.certificate(),
              right.login()),
          CLUSTER,
          "the file /nowhere/ca.pem with etcd's authority is not there");
    }

    private void assertRefused(EtcdAccess access, String cluster, String sentence) {
      assertThatThrownBy(() -> EtcdStore.connect(access, cluster, EtcdStore.DEADLINE).close())
          .isInstanceOf(StoreException.class)
          .hasMessage(sentence);
    }
  }
}
