package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool.HashTable;
import java.util.List;

/**
 * Which endpoint a hash belongs to, and which others in its place. The same for the same endpoints,
 * on every agent and in whatever order they are declared. Immutable, shared by event loops.
 */
sealed interface KeyTable permits Ring, Maglev {
  /**
   * @param indices in {@code endpoints} of those that are in the table, one or more, with a weight
   */
  static KeyTable of(HashTable kind, List<Endpoint> endpoints, int[] indices) {
    return switch (kind) {
      case HashTable.Ring() -> new Ring(endpoints, indices);
      case HashTable.Maglev(int size) -> new Maglev(endpoints, indices, size);
    };
  }

  /** Where {@code hash} belongs. */
  int position(long hash);

  /**
   * Where it goes when nothing at {@code position} serves, for the {@code attempt}th time, from 1.
   */
  int next(int position, long hash, int attempt);

  /** Index of the endpoint there, in the pool. */
  int owner(int position);

  /** After as many attempts every endpoint was met. */
  int attempts();
}
