package io.weir.controller.reconcile;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the store says, gathered into images: {@link Gathering} says when the next one is out.
 * Confined to the loop's thread.
 */
final class Intake {
  private static final Duration WINDOW = Duration.ofMillis(15);
  private static final Duration MOST = Duration.ofMillis(500);

  private final LongSupplier nanos;
  private final BooleanSupplier owing;
  private final BiConsumer<Duration, Runnable> later;
  private final Consumer<Image.Step> out;
  private final Gathering gathering = new Gathering(WINDOW.toNanos(), MOST.toNanos());

  // Of the store since the image was made.
  private final List<Image.Transaction> changes = new ArrayList<>();
  private @Nullable Image image;

  /**
   * @param nanos monotonic time
   * @param owing whether more than a few agents have yet to answer to what went out last
   * @param later runs a task on the loop after a while
   * @param out takes each image, with what led to it
   */
  Intake(
      LongSupplier nanos,
      BooleanSupplier owing,
      BiConsumer<Duration, Runnable> later,
      Consumer<Image.Step> out) {
    this.nanos = nanos;
    this.owing = owing;
    this.later = later;
    this.out = out;
  }

  /** All of it anew: what was gathered is in there. */
  void listed(Image listed) {
    changes.clear();
    image = listed;
  }

  /** Before anything is listed there is nothing to change. */
  void changed(Image.Transaction transaction) {
    if (image != null) {
      changes.add(transaction);
      letOutIn(gathering.changed(nanos.getAsLong(), owing.getAsBoolean()));
    }
  }

  private void letOutIn(long wait) {
    if (wait == 0) {
      letOut();
    } else if (wait > 0) {
      later.accept(
          Duration.ofNanos(wait),
          () -> letOutIn(gathering.look(nanos.getAsLong(), owing.getAsBoolean())));
    }
  }

  private void letOut() {
    gathering.out(nanos.getAsLong());
    if (image == null || changes.isEmpty()) {
      return;
    }
    Image.Step step = image.after(changes);
    changes.clear();
    image = step.image();
    out.accept(step);
  }
}
