package io.weir.agent.l4;

import io.weir.agent.balance.KeyHash;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import java.net.InetSocketAddress;

/**
 * What a connection or flow tells picks: its client's address, whatever is asked for.
 *
 * @param hash of the address
 */
record ClientInput(long hash) implements PickInput {
  static PickInput of(PoolMembers pool, InetSocketAddress client) {
    if (!(pool.pool().balance() instanceof Balance.Hash)) {
      return NONE;
    }
    byte[] address = client.getAddress().getAddress();
    return new ClientInput(KeyHash.of(address, 0, address.length));
  }

  @Override
  public long hash(HashKey key) {
    return hash;
  }

  @Override
  public long token(String cookie) {
    return 0;
  }
}
