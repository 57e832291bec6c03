package io.weir.controller.reconcile;

import io.weir.controller.health.ObservationBoard;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.v1.Pool;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerStatus;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is declared, with what is known of it now, for those who ask and those who watch. Confined
 * to the loop's thread.
 */
final class ResourceNews implements Questions.Loop {
  private final ObservationBoard board;
  private final Seat seat;
  private final Discovering discovering;
  private final Recommended recommended;
  private final Watchers watchers;
  private @Nullable Image image;

  ResourceNews(
      ObservationBoard board,
      Seat seat,
      Discovering discovering,
      Recommended recommended,
      Watchers watchers) {
    this.board = board;
    this.seat = seat;
    this.discovering = discovering;
    this.recommended = recommended;
    this.watchers = watchers;
  }

  /** From now on it is that; nobody is told of the difference yet. */
  void update(Image next) {
    image = next;
  }

  @Override
  public @Nullable Image image() {
    return image;
  }

  @Override
  public long revision() {
    return image == null ? 0 : image.revision();
  }

  @Override
  public Resource describe(Resource resource) {
    if (resource.hasScaler()) {
      return scaler(resource);
    }
    if (!resource.hasPool()) {
      return resource;
    }
    String name = resource.getMetadata().getName();
    PoolStatus.Builder status = board.status(name).toBuilder();
    seat.conclusions().ifPresent(judge -> judge.describe(name, status));
    discovering.describe(resource, status);
    Pool.Builder pool = resource.getPool().toBuilder().setStatus(status);
    return resource.toBuilder().setPool(pool).build();
  }

  private Resource scaler(Resource resource) {
    ScalerStatus.Builder status = ScalerStatus.newBuilder();
    String name = resource.getMetadata().getName();
    if (image != null) {
      ScalerRecord record = recommended.record(name, image);
      Scalers.describe(Scalers.serving(record), record, status);
    }
    seat.conclusions().ifPresent(judge -> judge.describe(resource, status));
    return resource.toBuilder()
        .setScaler(resource.getScaler().toBuilder().setStatus(status))
        .build();
  }

  /** Changes that led to the image that there is now. */
  void changed(Collection<Image.Change> changes) {
    for (Image.Change change : changes) {
      watchers.publish(
          change.key(),
          change.before(),
          change.after() == null ? null : describe(change.after()),
          change.revision(),
          true);
    }
  }

  /** There may be any difference between {@code before} and the image that there is now. */
  void relisted(Config before) {
    if (image == null || watchers.none()) {
      return;
    }
    SortedSet<ResourceKey> keys = new TreeSet<>(before.resources().keySet());
    keys.addAll(image.config().resources().keySet());
    for (ResourceKey key : keys) {
      Resource was = before.resources().get(key);
      Resource is = image.config().resources().get(key);
      if (is == null || !is.equals(was)) {
        watchers.publish(key, was, is == null ? null : describe(is), image.revision(), true);
      }
    }
  }

  /** The status of all pools may be another one. */
  void judged() {
    if (image != null) {
      stands(Kind.POOL, image.config().names(Kind.POOL).toList());
    }
  }

  /** The status of these has changed. */
  void stands(Kind kind, Collection<String> names) {
    if (image == null || watchers.none()) {
      return;
    }
    for (String name : names) {
      ResourceKey key = new ResourceKey(kind, name);
      Resource one = image.config().resources().get(key);
      if (one != null) {
        watchers.publish(key, one, describe(one), image.revision(), false);
      }
    }
  }
}
