package io.weir.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.controller.model.Config;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Scaled;
import io.weir.controller.store.Store.Write;
import io.weir.v1.Endpoint;
import io.weir.v1.InstanceState;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.Resource;
import io.weir.v1.ScaledInstance;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerSpec;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ImageTest {
  private static final Image EMPTY = new Image(1, Config.EMPTY, new TreeMap<>());

  private static Write put(String name, ByteString value) {
    return new Write.Put(ResourceKey.pool(name).storeKey(), value);
  }

  private static ByteString pool(String name) {
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName(name))
        .setPool(Pool.getDefaultInstance())
        .build()
        .toByteString();
  }

  private static Image after(Image image, long revision, Write... writes) {
    return image.after(List.of(new Image.Transaction(revision, List.of(writes)))).image();
  }

  @Test
  void aValueThatCannotBeReadLeavesWhatWasThereAndStopsNothing() {
    Image before = after(EMPTY, 2, put("a", pool("a")));
    Image poisoned =
        after(
            before,
            3,
            put("a", ByteString.copyFromUtf8("\u00ff no resource")),
            put("b", pool("b")));
    assertThat(poisoned.revision()).isEqualTo(3);
    assertThat(poisoned.config().get(ResourceKey.pool("a")))
        .isEqualTo(before.config().get(ResourceKey.pool("a")));
    assertThat(poisoned.config().get(ResourceKey.pool("b"))).isPresent();

    Image mended = after(poisoned, 4, put("a", pool("a")));
    assertThat(mended.config().get(ResourceKey.pool("a")).orElseThrow().getMetadata().getRevision())
        .isEqualTo(4);
  }

  @Test
  void whatWasBroughtLaterIsNotLaidOverWhatThereWasBefore() {
    Resource scaler =
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("s"))
            .setScaler(Scaler.newBuilder().setSpec(ScalerSpec.newBuilder().setPool("a")))
            .build();
    Image before =
        after(
            EMPTY,
            2,
            put("a", pool("a")),
            new Write.Put(ResourceKey.scaler("s").storeKey(), scaler.toByteString()),
            brought("10.0.0.1:80"));
    Image now = after(before, 3, brought("10.0.0.1:80", "10.0.0.2:80"));
    assertThat(endpoints(now.over(before.offered(), List.of()))).containsExactly("10.0.0.1:80");
    assertThat(endpoints(now.over(now.offered(), List.of())))
        .containsExactly("10.0.0.1:80", "10.0.0.2:80");
  }

  private static Write brought(String... addresses) {
    ScalerRecord.Builder record = ScalerRecord.newBuilder();
    for (String address : addresses) {
      record.addInstances(
          ScaledInstance.newBuilder()
              .setId(address)
              .setAddress(address)
              .setState(InstanceState.INSTANCE_STATE_SERVING));
    }
    return new Write.Put(Scaled.storeKey("s"), record.build().toByteString());
  }

  private static List<String> endpoints(Config config) {
    return config
        .get(ResourceKey.pool("a"))
        .orElseThrow()
        .getPool()
        .getSpec()
        .getEndpointsList()
        .stream()
        .map(Endpoint::getAddress)
        .toList();
  }
}
