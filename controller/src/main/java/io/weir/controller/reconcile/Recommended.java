package io.weir.controller.reconcile;

import io.weir.controller.model.Kind;
import io.weir.controller.model.Scaled;
import io.weir.controller.provision.Recommendations;
import io.weir.v1.Resource;
import io.weir.v1.ScaleMode;
import io.weir.v1.ScalerRecord;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What scalers recommend: while this controller leads what it has worked out, otherwise what was
 * last decided. Written on the loop's thread, read by any.
 */
final class Recommended implements Recommendations {
  private @Nullable Image last;
  private boolean led;
  private final Map<String, View> views = new ConcurrentHashMap<>();

  @Override
  public Optional<View> scaler(String name) {
    return Optional.ofNullable(views.get(name));
  }

  /** The leader has worked it out. */
  void is(View view) {
    views.put(view.scaler(), view);
  }

  ScalerRecord record(String scaler, Image image) {
    Scaled its = image.scaled().get(scaler);
    return its == null ? ScalerRecord.getDefaultInstance() : its.record();
  }

  /** Otherwise what the store says holds. */
  @SuppressWarnings("ReferenceEquality") // an image shares what did not change
  void update(Image image, boolean leading) {
    if (last != null
        && last.config() == image.config()
        && last.scaled() == image.scaled()
        && led == leading) {
      return;
    }
    last = image;
    led = leading;
    Set<String> there =
        image
            .config()
            .of(Kind.SCALER)
            .filter(one -> one.getScaler().getSpec().getMode() != ScaleMode.SCALE_MODE_OFF)
            .map(one -> one.getMetadata().getName())
            .collect(Collectors.toSet());
    views.keySet().retainAll(there);
    if (!leading) {
      image
          .config()
          .of(Kind.SCALER)
          .filter(one -> there.contains(one.getMetadata().getName()))
          .forEach(one -> stored(one, image));
    }
  }

  private void stored(Resource scaler, Image image) {
    String name = scaler.getMetadata().getName();
    ScalerRecord record = record(name, image);
    views.put(
        name,
        new View(
            name,
            scaler.getScaler().getSpec().getPool(),
            Scalers.serving(record),
            record.getDesired(),
            0,
            Instant.ofEpochSecond(record.getDecided().getSeconds())));
  }
}
