package io.weir.controller.admin;

import com.google.protobuf.Timestamp;
import io.weir.controller.model.Config;
import io.weir.controller.model.Declaration;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.store.Store.Write;
import io.weir.v1.ApplyResponse;
import io.weir.v1.ApplyResult;
import io.weir.v1.ApplyResult.Outcome;
import io.weir.v1.Commit;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What a write comes to: each resource as it was and as it will be. Pure. */
record Plan(List<Item> items) {
  Plan {
    items = List.copyOf(items);
  }

  /**
   * @param before null: it did not exist
   * @param after null: it will not exist. Its revision is that of {@code before} until written.
   */
  record Item(
      ResourceKey key, @Nullable Resource before, @Nullable Resource after, Outcome outcome) {

    boolean isWritten() {
      return outcome != Outcome.OUTCOME_UNCHANGED;
    }

    /** What {@code wanted} makes of {@code before}. */
    static Item put(ResourceKey key, @Nullable Resource before, Resource wanted, Timestamp now) {
      Resource bare = Declaration.of(wanted);
      if (before != null && Declaration.of(before).equals(bare)) {
        return new Item(key, before, before, Outcome.OUTCOME_UNCHANGED);
      }
      Metadata.Builder metadata = bare.getMetadata().toBuilder().setUpdated(now);
      if (before == null) {
        metadata.setGeneration(1).setCreated(now);
      } else {
        Metadata was = before.getMetadata();
        boolean same = Declaration.sameSpec(before, bare);
        metadata
            .setGeneration(was.getGeneration() + (same ? 0 : 1))
            .setCreated(was.getCreated())
            .setRevision(was.getRevision());
      }
      Resource after = bare.toBuilder().setMetadata(metadata).build();
      return new Item(
          key,
          before,
          after,
          before == null ? Outcome.OUTCOME_CREATED : Outcome.OUTCOME_CONFIGURED);
    }

    static Item delete(ResourceKey key, Resource before) {
      return new Item(key, before, null, Outcome.OUTCOME_DELETED);
    }
  }

  boolean writesNothing() {
    return items.stream().noneMatch(Item::isWritten);
  }

  Config appliedTo(Config config) {
    Map<ResourceKey, Optional<Resource>> changes = new HashMap<>();
    items.forEach(item -> changes.put(item.key(), Optional.ofNullable(item.after())));
    return config.with(config.revision(), changes);
  }

  List<Write> writes() {
    return items.stream().filter(Item::isWritten).map(Plan::write).toList();
  }

  private static Write write(Item item) {
    String key = item.key().storeKey();
    Resource after = item.after();
    return after == null
        ? new Write.Delete(key)
        : new Write.Put(key, withRevision(after, 0).toByteString());
  }

  List<Commit.Change> changes() {
    return items.stream()
        .filter(Item::isWritten)
        .map(item ->
            Commit.Change.newBuilder()
                .setResource(item.key().ref())
                .setOutcome(item.outcome())
                .build())
        .toList();
  }

  /**
   * @param written the revision that the write made; empty when nothing was written
   */
  ApplyResponse response(long storeRevision, OptionalLong written) {
    ApplyResponse.Builder response = ApplyResponse.newBuilder().setRevision(storeRevision);
    for (Item item : items) {
      ApplyResult.Builder result =
          response.addResultsBuilder().setResource(item.key().ref()).setOutcome(item.outcome());
      if (item.before() != null) {
        result.setBefore(item.before());
      }
      if (item.after() != null) {
        result.setAfter(
            item.isWritten() && written.isPresent()
                ? withRevision(item.after(), written.getAsLong())
                : item.after());
      }
    }
    return response.build();
  }

  private static Resource withRevision(Resource resource, long revision) {
    return resource.toBuilder()
        .setMetadata(resource.getMetadata().toBuilder().setRevision(revision))
        .build();
  }
}
