package io.weir.controller.store;

import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.grpc.Status;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Transaction;
import java.time.Duration;
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
    LeaseGrantResponse granted = connection.call(client -> client.getLeaseClient().grant(seconds));
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
    return store.commit(transaction, bound, lease);
  }
}
