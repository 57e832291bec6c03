package io.weir.agent.gossip;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The cluster's keys: the first seals, each opens. Never printed. */
final class Keys {
  private static final int BYTES = 32;

  private final Map<Integer, SecretKey> byId;

  private Keys(Map<Integer, SecretKey> byId) {
    this.byId = byId;
  }

  static Keys none() {
    return new Keys(Map.of());
  }

  /** Those that can be used; others are left out. */
  static Keys of(List<io.weir.v1.Gossip.Key> keys) {
    Map<Integer, SecretKey> byId = new LinkedHashMap<>();
    for (io.weir.v1.Gossip.Key key : keys) {
      if (key.getKey().size() == BYTES && key.getId() >= 0 && key.getId() <= 255) {
        byId.putIfAbsent(key.getId(), new SecretKeySpec(key.getKey().toByteArray(), "AES"));
      }
    }
    return new Keys(byId);
  }

  boolean isEmpty() {
    return byId.isEmpty();
  }

  /**
   * @throws IllegalStateException when there is none
   */
  Map.Entry<Integer, SecretKey> first() {
    return byId.entrySet().stream()
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no keys"));
  }

  Optional<SecretKey> byId(int id) {
    return Optional.ofNullable(byId.get(id));
  }

  @Override
  public String toString() {
    return "keys " + byId.keySet();
  }
}
