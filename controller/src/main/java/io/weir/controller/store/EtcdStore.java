package io.weir.controller.store;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.weir.controller.store.EtcdCommits.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * The store in etcd 3.4 or newer, shared by all controllers of a cluster and possibly with other
 * users: everything is below {@code /weir/<cluster>/}, entries in {@code data/}, the epoch in
 * {@code meta/epoch}, receipts of transactions in {@code receipts/}. Revisions are etcd's. Every
 * transaction checks the epoch, so that an etcd that was emptied or replaced meanwhile is refused
 * rather than taken for an empty configuration.
 */
public final class EtcdStore implements Store {
  /**
   * For {@link #connect} where nothing says otherwise: longer than etcd takes for another leader,
   * also when its first votes are split, and shorter than an operator's tool waits.
   */
  public static final Duration DEADLINE = Duration.ofSeconds(7);

  private final EtcdConnection connection;
  private final EtcdCommits commits;
  private final String root;
  private final ByteSequence epochKey;
  private final String epoch;
  private final CompletableFuture<Change> changed = new CompletableFuture<>();
  private final Set<EtcdWatch> watches = ConcurrentHashMap.newKeySet();

  /**
   * @param deadline for each call, over all members of etcd
   * @throws StoreException when a file cannot be used, within the deadline when nothing listens
   *     there, within twice the deadline when it does not answer
   */
  public static EtcdStore connect(EtcdAccess access, String cluster, Duration deadline) {
    return connect(access, cluster, deadline, RandomGenerator.getDefault(), InstantSource.system());
  }

  static EtcdStore connect(
      EtcdAccess access,
      String cluster,
      Duration deadline,
      RandomGenerator random,
      InstantSource clock) {
    if (cluster.isEmpty() || cluster.contains("/")) {
      throw new IllegalArgumentException("not a cluster name: " + cluster);
    }
    EtcdConnection connection =
        new EtcdConnection(access, EtcdConnection.Deadlines.within(deadline), random);
    String root = "/weir/" + cluster + "/";
    try {
      return new EtcdStore(
          connection, new EtcdCommits(connection, root + "receipts/", random, clock), root);
    } catch (StoreException e) {
      connection.close();
      throw e;
    }
  }

  private EtcdStore(EtcdConnection connection, EtcdCommits commits, String root) {
    this.connection = connection;
    this.commits = commits;
    this.root = root + "data/";
    this.epochKey = sequence(root + "meta/epoch");
    String candidate = UUID.randomUUID().toString();
    TxnResponse answer =
        connection.firstCall(client ->
            client
                .getKVClient()
                .txn()
                .If(new Cmp(epochKey, Cmp.Op.EQUAL, CmpTarget.modRevision(0)))
                .Then(Op.put(epochKey, sequence(candidate), PutOption.DEFAULT))
                .Else(Op.get(epochKey, GetOption.DEFAULT))
                .commit());
    this.epoch = answer.isSucceeded() ? candidate : epochIn(answer.getGetResponses().getFirst());
    commits.tidy();
  }

  private static String epochIn(GetResponse response) {
    return response.getKvs().isEmpty()
        ? ""
        : response.getKvs().getFirst().getValue().toString(StandardCharsets.UTF_8);
  }

  @Override
  public String epoch() {
    return epoch;
  }

  @Override
  public Listing list(String prefix) {
    GetOption below = GetOption.builder().isPrefix(true).build();
    TxnResponse answer =
        read(Op.get(epochKey, GetOption.DEFAULT), Op.get(sequence(root + prefix), below));
    requireEpoch(answer.getGetResponses().getFirst());
    return new Listing(
        answer.getHeader().getRevision(),
        answer.getGetResponses().getLast().getKvs().stream()
            .map(kv -> new Entry(key(kv), value(kv), kv.getModRevision()))
            .toList());
  }

  private TxnResponse read(Op... gets) {
    return connection.call(client -> client.getKVClient().txn().Then(gets).commit());
  }

  /** Whose data etcd holds now, and its revision. */
  record Standing(String epoch, long revision) {}

  Standing standing() {
    TxnResponse answer = read(Op.get(epochKey, GetOption.DEFAULT));
    return new Standing(
        epochIn(answer.getGetResponses().getFirst()), answer.getHeader().getRevision());
  }

  private void requireEpoch(GetResponse response) {
    String found = epochIn(response);
    if (!found.equals(epoch)) {
      changed.complete(Change.REPLACED);
      throw new StoreException(
          "%s holds other data than before (epoch '%s', was '%s'); the controller begins anew with it"
              .formatted(connection.name(), found, epoch));
    }
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return commit(transaction, Set.of(), 0);
  }

  /** As {@link #commit(Transaction)}; what is put at the keys {@code bound} goes with the lease. */
  CommitResult commit(Transaction transaction, Set<String> bound, long lease) {
    return transaction
        .excess()
        .<CommitResult>map(CommitResult.TooLarge::new)
        .orElseGet(() -> send(transaction, bound, lease));
  }

  private CommitResult send(Transaction transaction, Set<String> bound, long lease) {
    List<Cmp> conditions = new ArrayList<>();
    conditions.add(sameEpoch());
    for (Expectation expected : transaction.expectations()) {
      conditions.add(
          new Cmp(
              sequence(root + expected.key()),
              Cmp.Op.EQUAL,
              CmpTarget.modRevision(expected.revision())));
    }
    List<Op> writes =
        transaction.writes().stream()
            .map(write -> operation(write, bound.contains(write.key()) ? lease : 0))
            .toList();
    List<Op> reads = List.of(Op.get(epochKey, GetOption.DEFAULT));
    if (transaction.writes().stream().noneMatch(Write.Put.class::isInstance)) {
      return withoutPuts(conditions, writes, reads);
    }
    return switch (commits.commit(conditions, writes, reads)) {
      case Answer.Done(long revision) -> new CommitResult.Committed(revision);
      case Answer.Refused(List<GetResponse> read) -> {
        requireEpoch(read.getFirst());
        yield new CommitResult.Conflict();
      }
    };
  }

  /** No receipt, which would be a write where there may be none. */
  private CommitResult withoutPuts(List<Cmp> conditions, List<Op> deletes, List<Op> reads) {
    int[] sent = new int[1];
    TxnResponse answer =
        connection.call(client -> {
          sent[0]++;
          return client
              .getKVClient()
              .txn()
              .If(conditions.toArray(Cmp[]::new))
              .Then(deletes.toArray(Op[]::new))
              .Else(reads.toArray(Op[]::new))
              .commit();
        });
    if (answer.isSucceeded()) {
      return new CommitResult.Committed(answer.getHeader().getRevision());
    }
    requireEpoch(answer.getGetResponses().getFirst());
    if (sent[0] > 1 && !deletes.isEmpty()) {
      throw new StoreException(
          connection.name() + " did not say whether a deletion was done; look, and do it again");
    }
    return new CommitResult.Conflict();
  }

  private Cmp sameEpoch() {
    return new Cmp(epochKey, Cmp.Op.EQUAL, CmpTarget.value(sequence(epoch)));
  }

  /** By a watch: this is what etcd holds now. */
  void found(Change what) {
    changed.complete(what);
  }

  @Override
  public CompletableFuture<Change> changed() {
    return changed.copy();
  }

  @Override
  public void renewEpoch() {
    Op renewed = Op.put(epochKey, sequence(UUID.randomUUID().toString()), PutOption.DEFAULT);
    commits.commit(List.of(sameEpoch()), List.of(renewed), List.of());
  }

  /**
   * @param lease 0: none
   */
  private Op operation(Write write, long lease) {
    return switch (write) {
      case Write.Put(String key, ByteString value) ->
          Op.put(
              sequence(root + key),
              ByteSequence.from(value),
              PutOption.builder().withLeaseId(lease).build());
      case Write.Delete(String key) -> Op.delete(sequence(root + key), DeleteOption.DEFAULT);
    };
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    EtcdWatch watch =
        new EtcdWatch(this, connection, prefix, afterRevision, new WatchDelivery(prefix, listener));
    watches.add(watch);
    Thread.ofVirtual()
        .name("weir-store-watch " + prefix)
        .start(() -> {
          watch.run();
          watches.remove(watch);
        });
    return watch;
  }

  @Override
  public void close() {
    watches.forEach(EtcdWatch::close);
    connection.close();
  }

  /** What the etcd keys of all entries below {@code prefix} begin with. */
  ByteSequence below(String prefix) {
    return sequence(root + prefix);
  }

  /** For keys that are to go with whoever wrote them. */
  public Leases leases() {
    return new EtcdLeases(this, connection);
  }

  String key(KeyValue entry) {
    return entry.getKey().toString(StandardCharsets.UTF_8).substring(root.length());
  }

  static ByteString value(KeyValue entry) {
    return ByteString.copyFrom(entry.getValue().getBytes());
  }

  static ByteSequence sequence(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }
}
