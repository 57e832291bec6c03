package io.weir.agent.proxy;

import io.weir.agent.balance.KeyHash;
import io.weir.agent.balance.PickInput;
import io.weir.agent.http1.FieldSearch;
import io.weir.agent.http1.HeadParser;
import io.weir.agent.model.Pool.HashKey;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a request tells picks, read while its head is there and kept for retries. Reused for one
 * request after the other of a connection.
 */
final class RequestInput implements PickInput {
  private final Loop loop;
  private final InetAddress client;
  private final FieldSearch search = new FieldSearch();
  private long clientHash;
  private long hash;
  private long token;

  RequestInput(Loop loop, InetAddress client) {
    this.loop = loop;
    this.client = client;
  }

  /** The loop has just read the request's target. */
  void read(@Nullable RequestKeys keys, byte[] b, HeadParser head) {
    if (keys == null) {
      hash = token = 0;
      return;
    }
    if (clientHash == 0) {
      byte[] address = client.getAddress();
      clientHash = KeyHash.of(address, 0, address.length);
    }
    hash = keys.hash(b, head, loop.target(), search, clientHash);
    token = keys.token(b, head, search);
  }

  @Override
  public long hash(HashKey key) {
    return hash;
  }

  @Override
  public long token(String cookie) {
    return token;
  }
}
