package io.weir.controller.admin;

import static io.weir.controller.Samples.pool;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.weir.v1.Agent;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import io.weir.v1.WatchEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class WatchStreamTest {
  private final Responses responses = new Responses();
  private final WatchStream stream = new WatchStream(responses);

  private static WatchEvent put(Resource resource, long revision) {
    return WatchEvent.newBuilder()
        .setType(WatchEvent.Type.TYPE_PUT)
        .setResource(resource)
        .setRevision(revision)
        .build();
  }

  private static Resource agent(String name, long generation) {
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName(name).setGeneration(generation))
        .setAgent(Agent.getDefaultInstance())
        .build();
  }

  @Test
  void of_one_status_that_keeps_changing_only_the_newest_waits() {
    responses.ready = false;
    for (int i = 1; i <= 5_000; i++) {
      stream.next(put(agent("edge-1", i), 7), false);
      stream.next(put(agent("edge-2", i), 7), false);
    }
    responses.ready = true;
    stream.flush();

    assertThat(responses.sent)
        .containsExactly(put(agent("edge-1", 5_000), 7), put(agent("edge-2", 5_000), 7));
    assertThat(responses.failure).isNull();
  }

  @Test
  void a_status_never_overtakes_a_write_of_the_same_resource() {
    responses.ready = false;
    stream.next(put(pool("p", "h:1"), 1), false);
    stream.next(put(pool("p", "h:2"), 2), true);
    stream.next(put(pool("p", "h:3"), 2), false);
    stream.next(put(pool("p", "h:4"), 2), false);
    responses.ready = true;
    stream.flush();

    assertThat(responses.sent)
        .containsExactly(
            put(pool("p", "h:1"), 1), put(pool("p", "h:2"), 2), put(pool("p", "h:4"), 2));
  }

  @Test
  void who_falls_a_thousand_writes_behind_is_sent_away_and_costs_nothing_more() {
    responses.ready = false;
    stream.begin(List.of());
    for (int i = 1; i <= 1_024; i++) {
      stream.next(put(pool("p", "h:1"), i), true);
    }
    assertThat(responses.failure).isNull();
    stream.next(put(pool("p", "h:1"), 1_025), true);
    stream.next(put(pool("p", "h:1"), 1_026), true);

    assertThat(responses.failure).isNotNull();
    assertThat(Status.fromThrowable(responses.failure).getCode())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(Status.fromThrowable(responses.failure).getDescription())
        .isEqualTo("the watch fell more than 1024 events behind; watch again");
    responses.ready = true;
    stream.flush();
    assertThat(responses.sent).isEmpty();
  }

  /** A transport whose readiness the test decides. */
  private static final class Responses extends ServerCallStreamObserver<WatchEvent> {
    private final List<WatchEvent> sent = new ArrayList<>();
    private boolean ready = true;
    private @Nullable Throwable failure;

    @Override
    public void onNext(WatchEvent event) {
      sent.add(event);
    }

    @Override
    public void onError(Throwable cause) {
      assertThat(failure).as("ended once").isNull();
      failure = cause;
    }

    @Override
    public void onCompleted() {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}
  }
}
