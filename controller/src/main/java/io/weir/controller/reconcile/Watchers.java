package io.weir.controller.reconcile;

import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.v1.Resource;
import io.weir.v1.WatchEvent;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who is told of changes. Confined to the loop's thread. */
public final class Watchers {
  private final Set<Watcher> watchers = new LinkedHashSet<>();

  /** Which resources a watcher wants. Empty kind: all that can be declared; empty name: any. */
  public record Filter(Optional<Kind> kind, String name, Map<String, String> labels) {
    public Filter {
      labels = Map.copyOf(labels);
    }

    boolean wants(ResourceKey key) {
      return kind.map(wanted -> wanted == key.kind()).orElse(key.kind().declared())
          && (name.isEmpty() || name.equals(key.name()));
    }

    boolean wants(ResourceKey key, @Nullable Resource resource) {
      return resource != null
          && wants(key)
          && resource.getMetadata().getLabelsMap().entrySet().containsAll(labels.entrySet());
    }
  }

  /** Takes events on the loop's thread and must not block. */
  public interface Sink {
    /** All that there is, ending with the BOOKMARK. */
    void begin(List<WatchEvent> events);

    /**
     * @param declared whether something was written; else only a status changed, and of several
     *     such events of one resource the newest is enough
     */
    void next(WatchEvent event, boolean declared);

    /** The controller is stopping; nothing comes any more. */
    void stop();
  }

  record Watcher(Filter filter, Sink sink) {}

  void add(Watcher watcher) {
    watchers.add(watcher);
  }

  void remove(Watcher watcher) {
    watchers.remove(watcher);
  }

  void stop() {
    watchers.forEach(watcher -> watcher.sink().stop());
    watchers.clear();
  }

  boolean none() {
    return watchers.isEmpty();
  }

  /** Whether anybody watches resources of this kind. */
  boolean want(Kind kind) {
    for (Watcher watcher : watchers) {
      if (watcher.filter().kind().map(wanted -> wanted == kind).orElse(kind.declared())) {
        return true;
      }
    }
    return false;
  }

  /** {@code before} and {@code after} are null where the resource did not or does not exist. */
  void publish(
      ResourceKey key,
      @Nullable Resource before,
      @Nullable Resource after,
      long revision,
      boolean declared) {
    for (Watcher watcher : watchers) {
      if (after != null && watcher.filter().wants(key, after)) {
        watcher.sink().next(event(WatchEvent.Type.TYPE_PUT, after, revision), declared);
      } else if (before != null && watcher.filter().wants(key, before)) {
        watcher.sink().next(event(WatchEvent.Type.TYPE_DELETED, before, revision), declared);
      }
    }
  }

  static WatchEvent event(WatchEvent.Type type, Resource resource, long revision) {
    return WatchEvent.newBuilder()
        .setType(type)
        .setResource(resource)
        .setRevision(revision)
        .build();
  }

  static WatchEvent bookmark(long revision) {
    return WatchEvent.newBuilder()
        .setType(WatchEvent.Type.TYPE_BOOKMARK)
        .setRevision(revision)
        .build();
  }
}
