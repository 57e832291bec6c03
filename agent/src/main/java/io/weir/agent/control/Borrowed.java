package io.weir.agent.control;

import com.google.protobuf.ByteString;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import io.weir.v1.Snapshot;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an agent can use of the snapshot that another one runs. Pure.
 *
 * @param snapshot the other's own where the labels are the same; else a part of it: the listeners
 *     that select this agent, and their pools. Of a part nobody else can make use, so that it has
 *     neither scope nor signature
 * @param listeners how many there are in it
 */
record Borrowed(Snapshot snapshot, int listeners) {
  static Borrowed of(Snapshot theirs, Map<String, String> labels) {
    List<Resource> listeners =
        theirs.getResourcesList().stream()
            .filter(Resource::hasListener)
            .filter(one ->
                labels
                    .entrySet()
                    .containsAll(one.getListener().getSpec().getAgentsMap().entrySet()))
            .toList();
    if (theirs.getScope().equals(SnapshotSignature.scope(labels))) {
      return new Borrowed(theirs, listeners.size());
    }
    Set<String> pools = new HashSet<>();
    for (Resource listener : listeners) {
      ListenerSpec spec = listener.getListener().getSpec();
      pools.add(spec.getPool());
      spec.getRoutesList().stream().map(RouteRule::getPool).forEach(pools::add);
    }
    Snapshot.Builder part =
        theirs.toBuilder()
            .clearResources()
            .setScope("")
            .setSignature(ByteString.EMPTY)
            .addAllResources(listeners);
    theirs.getResourcesList().stream()
        .filter(one -> one.hasPool() && pools.contains(one.getMetadata().getName()))
        .forEach(part::addResources);
    return new Borrowed(part.build(), listeners.size());
  }

  private boolean isWhole() {
    return !snapshot.getScope().isEmpty();
  }

  /** That of an agent with the same labels, then the one with more in it, then the newer one. */
  boolean isBetterThan(Borrowed other) {
    if (isWhole() != other.isWhole()) {
      return isWhole();
    }
    return listeners != other.listeners
        ? listeners > other.listeners
        : snapshot.getRevision() > other.snapshot.getRevision();
  }
}
