package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import io.weir.v1.Snapshot;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BorrowedTest {
  private static final Map<String, String> EDGE = Map.of("role", "edge", "host", "a");

  private static Resource listener(String name, String role, String pool) {
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName(name))
        .setListener(
            Listener.newBuilder()
                .setSpec(
                    ListenerSpec.newBuilder()
                        .putAgents("role", role)
                        .addRoutes(RouteRule.newBuilder().setPool(pool))))
        .build();
  }

  private static Resource pool(String name) {
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName(name))
        .setPool(Pool.getDefaultInstance())
        .build();
  }

  private static Snapshot snapshot(String scope, long revision, Resource... resources) {
    Snapshot.Builder snapshot =
        Snapshot.newBuilder()
            .setScope(scope)
            .setRevision(revision)
            .setSignature(ByteString.copyFromUtf8("signed"));
    for (Resource resource : resources) {
      snapshot.addResources(resource);
    }
    return snapshot.build();
  }

  @Test
  void whatSelectsThisAgentInAllOfItIsTakenAsItIsButForWhoseItWas() {
    Snapshot theirs =
        snapshot(SnapshotSignature.scope(EDGE), 7, listener("web", "edge", "p"), pool("p"));
    assertThat(Borrowed.of(theirs, EDGE).snapshot())
        .isEqualTo(theirs.toBuilder().setScope("").build());
  }

  @Test
  void theScopeOfThisAgentsLabelsIsNotBelieved() {
    Snapshot theirs =
        snapshot(
            SnapshotSignature.scope(EDGE),
            7,
            listener("web", "edge", "p"),
            listener("inner", "core", "p"),
            pool("p"));
    Borrowed borrowed = Borrowed.of(theirs, EDGE);
    assertThat(borrowed.fits()).isFalse();
    assertThat(borrowed.snapshot())
        .isEqualTo(
            snapshot("", 7, listener("web", "edge", "p"), pool("p")).toBuilder()
                .clearSignature()
                .build());
  }

  @Test
  void ofWhatOthersRunOnlyTheListenersThatSelectThisAgentAndTheirPoolsAreTaken() {
    Borrowed borrowed =
        Borrowed.of(
            snapshot(
                "other",
                7,
                listener("web", "edge", "p"),
                listener("raw", "core", "q"),
                pool("p"),
                pool("q")),
            EDGE);
    assertThat(borrowed.listeners()).isEqualTo(1);
    assertThat(borrowed.snapshot())
        .isEqualTo(
            snapshot("", 7, listener("web", "edge", "p"), pool("p")).toBuilder()
                .clearSignature()
                .build());
  }

  @Test
  void theSameLabelsAreBestThenMoreListenersThenTheNewer() {
    String own = SnapshotSignature.scope(EDGE);
    Borrowed same = Borrowed.of(snapshot(own, 1, listener("web", "edge", "p")), EDGE);
    Borrowed two =
        Borrowed.of(
            snapshot("x", 5, listener("web", "edge", "p"), listener("api", "edge", "p")), EDGE);
    Borrowed older = Borrowed.of(snapshot("y", 4, listener("web", "edge", "p")), EDGE);
    Borrowed newer = Borrowed.of(snapshot("z", 9, listener("web", "edge", "p")), EDGE);
    assertThat(same.isBetterThan(two)).isTrue();
    assertThat(two.isBetterThan(same)).isFalse();
    assertThat(two.isBetterThan(newer)).isTrue();
    assertThat(newer.isBetterThan(older)).isTrue();
    assertThat(older.isBetterThan(newer)).isFalse();
  }
}
