package io.weir.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weir.controller.store.Store.WatchListener;
import io.weir.controller.store.Store.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A listener that remembers its calls, and that they came one at a time. */
final class Recording implements WatchListener {
  record Call(long revision, List<Write> changes) {}

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final List<Call> calls = new ArrayList<>();
  private @Nullable String lost;
  private boolean inside;
  private boolean overlapped;

  @Override
  public void onChanges(long revision, List<Write> changes) {
    enter();
    synchronized (this) {
      calls.add(new Call(revision, changes));
    }
    leave();
  }

  @Override
  public void onLost(String reason) {
    enter();
    synchronized (this) {
      lost = reason;
    }
    leave();
  }

  private synchronized void enter() {
    overlapped |= inside;
    inside = true;
  }

  private synchronized void leave() {
    inside = false;
    notifyAll();
  }

  synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  synchronized @Nullable String lost() {
    return lost;
  }

  synchronized boolean overlapped() {
    return overlapped;
  }

  /** All calls, once there is one for {@code revision}. */
  List<Call> awaitRevision(long revision) {
    await("a call for revision " + revision)
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> calls().stream().anyMatch(call -> call.revision() == revision));
    assertThat(overlapped()).as("two calls at a time").isFalse();
    return calls();
  }

  String awaitLost() {
    return await("onLost")
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> String.valueOf(lost()), reason -> !reason.equals("null"));
  }
}
