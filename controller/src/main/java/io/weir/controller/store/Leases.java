package io.weir.controller.store;

import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Transaction;
import java.time.Duration;
import java.util.Set;

/**
 * Leases of a store: keys bound to one are deleted once it has not been kept alive for its time.
 * All calls block, and throw {@link StoreException} when the outcome is a failure or unknown.
 */
public interface Leases {
  /** A new lease that lasts at least {@code ttl} from the moment this was called. */
  long grant(Duration ttl);

  /**
   * It lasts its whole time again, from the moment this was called.
   *
   * @return false: it had expired
   */
  boolean keepAlive(long lease);

  /** Ends it, and what is bound to it. One that has expired is no error. */
  void revoke(long lease);

  /** As {@link Store#commit}; what is put at the keys {@code bound} goes with {@code lease}. */
  CommitResult commit(Transaction transaction, Set<String> bound, long lease);
}
