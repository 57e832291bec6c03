package io.weir.agent.control;

import com.google.protobuf.ByteString;
import io.weir.v1.Delta;
import io.weir.v1.EndpointPatch;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.Snapshot;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The resources an agent holds and where they come from; what a snapshot or a delta may follow.
 * Pure and immutable.
 *
 * <p>Fencing: within one epoch the revision never goes back, whoever sends it. Another epoch is
 * another store: nothing compares.
 *
 * @param epoch empty when nothing is held
 * @param scope what selected the resources, in the controller's words; empty where it gave none
 * @param resources by kind and name, in that order
 * @param signature of all of it, for other agents; empty where the controller gave none
 * @param staged whether some of it is not declared, and for this agent alone
 */
public record Replica(
    String epoch,
    long revision,
    String scope,
    SortedMap<Key, Resource> resources,
    ByteString signature,
    boolean staged) {

  public Replica {
    resources = Collections.unmodifiableSortedMap(new TreeMap<>(resources));
  }

  /** {@code kind}: the message's name, as in {@link ResourceRef}. */
  public record Key(String kind, String name) implements Comparable<Key> {
    /** Of a kind this agent does not know, {@code kind} is the number of its field. */
    static Key of(Resource resource) {
      String kind =
          switch (resource.getKindCase()) {
            case POOL -> "Pool";
            case LISTENER -> "Listener";
            case ROUTE -> "Route";
            case ROLLOUT -> "Rollout";
            case SCALER -> "Scaler";
            case AGENT -> "Agent";
            case KIND_NOT_SET -> resource.getUnknownFields().asMap().keySet().toString();
          };
      return new Key(kind, resource.getMetadata().getName());
    }

    @Override
    public int compareTo(Key other) {
      int byKind = kind.compareTo(other.kind);
      return byKind != 0 ? byKind : name.compareTo(other.name);
    }
  }

  /** What a message amounts to. */
  public sealed interface Outcome {
    /** It may follow; to be held once it runs. */
    record Candidate(Replica next) implements Outcome {}

    /**
     * It was overtaken.
     *
     * @param field of the message that shows it: "revision"
     */
    record Stale(String field, String reason) implements Outcome {}

    /** A delta against something this agent does not hold; only a snapshot can help. */
    record Gap(String reason) implements Outcome {}
  }

  public static Replica empty() {
    return new Replica("", 0, "", new TreeMap<>(), ByteString.EMPTY, false);
  }

  public static Replica of(Snapshot snapshot) {
    return new Replica(
        snapshot.getEpoch(),
        snapshot.getRevision(),
        snapshot.getScope(),
        byKey(snapshot.getResourcesList()),
        snapshot.getSignature(),
        snapshot.getStaged());
  }

  public Outcome offer(Snapshot snapshot) {
    return fence(snapshot.getEpoch(), snapshot.getRevision())
        .orElseGet(() -> new Outcome.Candidate(of(snapshot)));
  }

  public Outcome offer(Delta delta) {
    return fence(delta.getEpoch(), delta.getRevision()).orElseGet(() -> follow(delta));
  }

  private Outcome follow(Delta delta) {
    if (!delta.getEpoch().equals(epoch) || delta.getBaseRevision() != revision) {
      return new Outcome.Gap(
          "a delta to revision %d of epoch %s from revision %d, but this agent holds revision %d of %s"
              .formatted(
                  delta.getRevision(),
                  delta.getEpoch(),
                  delta.getBaseRevision(),
                  revision,
                  epoch.isEmpty() ? "nothing" : "epoch " + epoch));
    }
    String base = delta.getBaseScope().isEmpty() ? delta.getScope() : delta.getBaseScope();
    if (!base.equals(scope)) {
      return new Outcome.Gap(
          "a delta of scope %s, but this agent holds scope %s".formatted(base, scope));
    }
    SortedMap<Key, Resource> next = new TreeMap<>(resources);
    for (ResourceRef gone : delta.getRemovedList()) {
      next.remove(new Key(gone.getKind(), gone.getName()));
    }
    next.putAll(byKey(delta.getChangedList()));
    for (EndpointPatch patch : delta.getPatchesList()) {
      Key pool = new Key("Pool", patch.getPool());
      Resource before = resources.get(pool);
      Optional<Resource> after =
          before == null ? Optional.empty() : Patching.patched(before, patch);
      if (after.isEmpty()) {
        return new Outcome.Gap(
            "a patch to pool %s that does not fit the endpoints this agent holds"
                .formatted(patch.getPool()));
      }
      next.put(pool, after.get());
    }
    return new Outcome.Candidate(
        new Replica(
            epoch,
            delta.getRevision(),
            delta.getScope(),
            next,
            delta.getSignature(),
            delta.getStaged()));
  }

  /** As one message, to be kept. */
  public Snapshot toSnapshot() {
    return Snapshot.newBuilder()
        .setEpoch(epoch)
        .setRevision(revision)
        .setScope(scope)
        .addAllResources(resources.values())
        .setSignature(signature)
        .setStaged(staged)
        .build();
  }

  /** Why a message must not be taken, if so. */
  private Optional<Outcome> fence(String itsEpoch, long itsRevision) {
    return itsEpoch.equals(epoch) && itsRevision < revision
        ? Optional.of(
            new Outcome.Stale(
                "revision",
                "revision %d is older than revision %d, which this agent holds"
                    .formatted(itsRevision, revision)))
        : Optional.empty();
  }

  private static SortedMap<Key, Resource> byKey(Iterable<Resource> resources) {
    SortedMap<Key, Resource> map = new TreeMap<>();
    for (Resource resource : resources) {
      map.put(Key.of(resource), resource);
    }
    return map;
  }
}
