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
 * @param snapshot as the other has it, and still signed, where every listener of it selects this
 *     agent; else a part of it: the listeners that do, and their pools. Always without scope: whose
 *     it was is not signed, so that a controller, once there is one, says anew what to run
 * @param listeners how many there are in it
 * @param fits it is, as the other says, that of an agent with the same labels
 */
record Borrowed(Snapshot snapshot, int listeners, boolean fits) {
  static Borrowed of(Snapshot theirs, Map<String, String> labels) {
    List<Resource> all = theirs.getResourcesList().stream().filter(Resource::hasListener).toList();
    List<Resource> listeners =
        all.stream()
            .filter(one ->
                labels
                    .entrySet()
                    .containsAll(one.getListener().getSpec().getAgentsMap().entrySet()))
            .toList();
    if (listeners.size() == all.size()) {
      boolean fits = theirs.getScope().equals(SnapshotSignature.scope(labels));
      return new Borrowed(theirs.toBuilder().setScope("").build(), listeners.size(), fits);
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
    return new Borrowed(part.build(), listeners.size(), false);
  }

  /** That of an agent with the same labels, then the one with more in it, then the newer one. */
  boolean isBetterThan(Borrowed other) {
    if (fits != other.fits) {
      return fits;
    }
    return listeners != other.listeners
        ? listeners > other.listeners
        : snapshot.getRevision() > other.snapshot.getRevision();
  }
}
