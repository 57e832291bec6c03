package io.weir.controller.reconcile;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.controller.model.Config;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.StoreException;
import io.weir.v1.Resource;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All resources as the store has them, at one revision.
 *
 * @param agents registrations by name
 */
public record Image(long revision, Config config, SortedMap<String, Resource> agents) {
  public Image {
    agents = Collections.unmodifiableSortedMap(new TreeMap<>(agents));
  }

  static Image of(Journal.State state, List<Entry> agents) {
    Map<String, Resource> registrations = new HashMap<>();
    resources(agents).forEach((key, resource) -> registrations.put(key.name(), resource));
    return new Image(state.revision(), config(state), new TreeMap<>(registrations));
  }

  /** What the journal holds, as messages. */
  public static Config config(Journal.State state) {
    return new Config(state.headRevision(), resources(state.config().values()));
  }

  /** Entries as messages with their revisions; entries that are no resources are left out. */
  public static SortedMap<ResourceKey, Resource> resources(Collection<Entry> entries) {
    SortedMap<ResourceKey, Resource> resources = new TreeMap<>();
    for (Entry entry : entries) {
      ResourceKey.parseStoreKey(entry.key()).ifPresent(key -> resources.put(key, resource(entry)));
    }
    return resources;
  }

  /** This image after one transaction of the store. */
  Image after(long revision, List<Write> writes) {
    Map<ResourceKey, Optional<Resource>> declared = new HashMap<>();
    SortedMap<String, Resource> registered = new TreeMap<>(agents);
    for (Write write : writes) {
      Optional<ResourceKey> key = ResourceKey.parseStoreKey(write.key());
      if (key.isEmpty()) {
        continue;
      }
      Optional<Resource> now =
          switch (write) {
            case Write.Put put ->
                Optional.of(resource(new Entry(put.key(), put.value(), revision)));
            case Write.Delete _ -> Optional.empty();
          };
      if (key.get().kind().declared()) {
        declared.put(key.get(), now);
      } else {
        now.ifPresentOrElse(
            agent -> registered.put(key.get().name(), agent),
            () -> registered.remove(key.get().name()));
      }
    }
    Config next = declared.isEmpty() ? config : config.with(revision, declared);
    return new Image(revision, next, registered);
  }

  private static Resource resource(Entry entry) {
    try {
      Resource.Builder resource = Resource.parseFrom(entry.value()).toBuilder();
      resource.getMetadataBuilder().setRevision(entry.revision());
      return resource.build();
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(
          "the store's key %s holds no resource; restore the store from a backup"
              .formatted(entry.key()),
          e);
    }
  }
}
