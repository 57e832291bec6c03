package io.weir.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.controller.health.Ring;
import io.weir.controller.health.Verdict;
import io.weir.controller.instances.Step;
import io.weir.controller.model.Config;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Scaled;
import io.weir.controller.provision.Recommendations;
import io.weir.controller.store.Store.Write;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.Resource;
import io.weir.v1.ScaleMode;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerSpec;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

final class ScalerDriverTest {
  private static final long SECOND = 1_000_000_000L;

  private final Deque<Runnable> looks = new ArrayDeque<>();
  private final List<ScalerRecord> decided = new ArrayList<>();
  private long now;
  private Image image = new Image(1, Config.EMPTY, new TreeMap<>());
  private final ScalerDriver driver =
      new ScalerDriver(
          1,
          Hooks.NONE,
          () -> Instant.EPOCH.plusNanos(now),
          () -> now,
          new SplittableRandom(1),
          Runnable::run,
          Runnable::run,
          (_, task) -> looks.add(task),
          new Deciding());

  /** Nothing is known, and what is decided is not in the store until a test says so. */
  private final class Deciding implements ScalerDriver.Around {
    @Override
    public Verdict verdict(String pool, String endpoint) {
      return new Verdict.Unknown();
    }

    @Override
    public Collection<Judge.Agent> agents() {
      return List.of();
    }

    @Override
    public Collection<Progress.Standing> standings() {
      return List.of();
    }

    @Override
    public Ring.Standing peers(String agent) {
      return Ring.Standing.UNKNOWN;
    }

    @Override
    public void decide(
        String scaler, Optional<Step.Draft> draft, LongFunction<ScalerRecord> record) {
      decided.add(record.apply(decided.size() + 1));
    }

    @Override
    public void forget(String scaler) {}

    @Override
    public void news(Collection<String> names) {}

    @Override
    public void recommended(Recommendations.View view) {}
  }

  private void written(long revision, String key, ByteString value) {
    image =
        image
            .after(List.of(new Image.Transaction(revision, List.of(new Write.Put(key, value)))))
            .image();
    driver.update(image);
  }

  private void pool(long revision) {
    written(
        revision,
        ResourceKey.pool("web").storeKey(),
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("web"))
            .setPool(Pool.getDefaultInstance())
            .build()
            .toByteString());
  }

  private void scaler(long revision, int min) {
    written(
        revision,
        ResourceKey.scaler("s").storeKey(),
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("s"))
            .setScaler(
                Scaler.newBuilder()
                    .setSpec(
                        ScalerSpec.newBuilder()
                            .setPool("web")
                            .setMin(min)
                            .setMax(9)
                            .setMode(ScaleMode.SCALE_MODE_ACT)))
            .build()
            .toByteString());
  }

  private void record(long revision, ScalerRecord record) {
    written(revision, Scaled.storeKey("s"), record.toByteString());
  }

  private void look() {
    now += SECOND;
    looks.remove().run();
  }

  @Test
  void a_scaler_that_is_changed_waits_for_what_was_decided_before_the_change() {
    pool(2);
    scaler(3, 2);
    driver.begin(0);
    assertThat(decided).extracting(ScalerRecord::getDesired).containsExactly(2);

    scaler(4, 3);
    look();
    assertThat(decided).hasSize(1);

    record(5, decided.getFirst());
    look();
    assertThat(decided).extracting(ScalerRecord::getDesired).containsExactly(2, 3);
  }

  @Test
  void nothing_is_decided_before_what_an_earlier_leader_wrote_is_seen() {
    pool(2);
    scaler(3, 2);
    driver.begin(7);
    assertThat(looks).isEmpty();

    pool(5);
    assertThat(decided).isEmpty();

    ScalerRecord last = ScalerRecord.newBuilder().setDecision(6).setDesired(4).build();
    record(7, last);
    assertThat(decided).extracting(ScalerRecord::getDesired).containsExactly(2);
    assertThat(decided.getFirst().getEarlierCount()).isPositive();
  }
}
