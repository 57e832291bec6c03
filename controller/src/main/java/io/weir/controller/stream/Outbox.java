package io.weir.controller.stream;

import io.weir.controller.reconcile.Encoded;
import io.weir.v1.ControllerMessage;
import io.weir.v1.EndpointVerdict;
import io.weir.v1.PoolPosition;
import io.weir.v1.Verdicts;
import io.weir.v1.Verify;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one agent is still to be told, one message of each kind at most: of configuration,
 * assignment and ring the newest, of verdicts and of endpoints to verify all that was said. Not
 * thread-safe.
 */
public final class Outbox {
  private record Key(String pool, String endpoint) {}

  private @Nullable ControllerMessage welcome;
  private @Nullable ControllerMessage gossip;
  private @Nullable Encoded config;
  private @Nullable ControllerMessage assignment;
  private @Nullable Verdicts verdicts;
  private final Set<Verify.Target> verify = new LinkedHashSet<>();

  public void put(ControllerMessage message) {
    switch (message.getMessageCase()) {
      case WELCOME -> welcome = message;
      case GOSSIP -> gossip = message;
      case SNAPSHOT, DELTA -> config = Encoded.of(message);
      case ASSIGNMENT -> assignment = message;
      case VERDICTS -> verdicts = merged(verdicts, message.getVerdicts());
      case VERIFY -> verify.addAll(message.getVerify().getTargetsList());
      case MESSAGE_NOT_SET -> throw new IllegalArgumentException("an empty message");
    }
  }

  void put(Encoded message) {
    if (message.configuration()) {
      config = message;
    } else {
      put(message.message());
    }
  }

  private static Verdicts merged(@Nullable Verdicts before, Verdicts next) {
    if (before == null || next.getComplete()) {
      return next;
    }
    Map<Key, EndpointVerdict> endpoints = new LinkedHashMap<>();
    Map<String, PoolPosition> pools = new LinkedHashMap<>();
    for (Verdicts part : new Verdicts[] {before, next}) {
      part.getEndpointsList()
          .forEach(one -> endpoints.put(new Key(one.getPool(), one.getEndpoint()), one));
      part.getPoolsList().forEach(one -> pools.put(one.getPool(), one));
    }
    return next.toBuilder()
        .setComplete(before.getComplete())
        .clearEndpoints()
        .addAllEndpoints(endpoints.values())
        .clearPools()
        .addAllPools(pools.values())
        .build();
  }

  public boolean isEmpty() {
    return welcome == null
        && (gossip == null && config == null && assignment == null && verdicts == null)
        && verify.isEmpty();
  }

  /** The next to be sent; a Welcome goes before all others. */
  Encoded take() {
    if (welcome == null && gossip == null && config != null) {
      Encoded next = config;
      config = null;
      return next;
    }
    return Encoded.of(takeMessage());
  }

  public ControllerMessage takeMessage() {
    ControllerMessage next = welcome;
    if (next != null) {
      welcome = null;
      return next;
    }
    next = gossip;
    if (next != null) {
      gossip = null;
      return next;
    }
    next = assignment;
    if (next != null) {
      assignment = null;
      return next;
    }
    if (!verify.isEmpty()) {
      next =
          ControllerMessage.newBuilder()
              .setVerify(Verify.newBuilder().addAllTargets(verify))
              .build();
      verify.clear();
      return next;
    }
    if (verdicts != null) {
      next = ControllerMessage.newBuilder().setVerdicts(verdicts).build();
      verdicts = null;
      return next;
    }
    throw new NoSuchElementException("nothing to say");
  }

  void clear() {
    welcome = null;
    gossip = null;
    config = null;
    assignment = null;
    verdicts = null;
    verify.clear();
  }
}
