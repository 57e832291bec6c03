package io.weir.agent.balance;

import io.weir.agent.model.Pool.HashKey;

/** What of a request a pick may depend on; asked only for what the pool's config needs. */
public interface PickInput {
  /** Nothing is known. */
  PickInput NONE =
      new PickInput() {
        @Override
        public long hash(HashKey key) {
          return 0;
        }

        @Override
        public long token(String cookie) {
          return 0;
        }
      };

  /** The same for the same key, well mixed ({@link KeyHash}); 0: the request has none. */
  long hash(HashKey key);

  /** The value of that cookie as {@link Token} reads it; 0: there is none. */
  long token(String cookie);
}
