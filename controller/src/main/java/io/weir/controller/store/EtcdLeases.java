package io.weir.controller.store;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.PutOption;
import io.grpc.Status;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Leases of etcd, each call one of our own: jetcd's keeper ends with its first error. */
final class EtcdLeases implements Leases {
  private final EtcdStore store;
  private final EtcdConnection connection;

  EtcdLeases(EtcdStore store, EtcdConnection connection) {
    this.store = store;
    this.connection = connection;
  }

  @Override
  public long grant(Duration ttl) {
    long seconds = Math.max(1, ttl.plusMillis(999).toSeconds());
    LeaseGrantResponse granted =
        connection.call(client -> client.getLeaseClient().grant(seconds));
    return granted.getID();
  }

  @Override
  public boolean keepAlive(long lease) {
    try {
      LeaseKeepAliveResponse kept =
          connection.call(client -> client.getLeaseClient().keepAliveOnce(lease));
      return kept.getTTL() > 0;
    } catch (StoreException e) {
      if (isGone(e)) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void revoke(long lease) {
    try {
      connection.call(client -> client.getLeaseClient().revoke(lease));
    } catch (StoreException e) {
      if (!isGone(e)) {
        throw e;
      }
    }
  }

  private static boolean isGone(StoreException e) {
    return e.getCause() != null
        && (Status.fromThrowable(e.getCause()).getCode() == Status.Code.NOT_FOUND
            || String.valueOf(e.getCause().getMessage()).contains("lease not found"));
  }

  @Override
  public CommitResult commit(Transaction transaction, Set<String> bound, long lease) {
    List<Cmp> expectations = new ArrayList<>();
    expectations.add(store.sameEpoch());
    transaction
        .expectations()
        .forEach(expected ->
            expectations.add(
                new Cmp(
                    store.below(expected.key()),
                    Cmp.Op.EQUAL,
                    CmpTarget.modRevision(expected.revision()))));
    List<Op> writes = new ArrayList<>();
    for (Write write : transaction.writes()) {
      writes.add(
          switch (write) {
            case Write.Put(String key, ByteString value) ->
                Op.put(
                    store.below(key),
                    ByteSequence.from(value),
                    bound.contains(key)
                        ? PutOption.builder().withLeaseId(lease).build()
                        : PutOption.DEFAULT);
            case Write.Delete(String key) -> Op.delete(store.below(key), DeleteOption.DEFAULT);
          });
    }
    // Once: what became of an attempt without an answer is found out by reading.
    TxnResponse answer =
        connection.call(client ->
            client
                .getKVClient()
                .txn()
                .If(expectations.toArray(Cmp[]::new))
                .Then(writes.toArray(Op[]::new))
                .commit());
    return answer.isSucceeded()
        ? new CommitResult.Committed(answer.getHeader().getRevision())
        : new CommitResult.Conflict();
  }
}
