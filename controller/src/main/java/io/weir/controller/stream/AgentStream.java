package io.weir.controller.stream;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weir.controller.model.Validator;
import io.weir.controller.reconcile.AgentChannel;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.controller.reconcile.Encoded;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Hello;
import io.weir.v1.Violation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent's stream. Inbound: no more than a few messages wait for the loop; the next one is asked
 * for only once it has dealt with one of those. Outbound: what waits until the transport is ready
 * is in an {@link Outbox}, bounded by what there is to say. All writing happens under this object's
 * lock.
 */
final class AgentStream implements StreamObserver<AgentMessage>, AgentChannel {
  private static final Logger log = LoggerFactory.getLogger(AgentStream.class);

  /** With more than one the next can be read while the loop is at the last. */
  private static final int MOST_WAITING = 4;

  private final ServerCallStreamObserver<Encoded> responses;
  private final String peer;
  private final String cluster;
  private final ControlLoop loop;

  private boolean greeted;

  /** Messages that the loop has not dealt with. */
  private int waiting;

  /** The next message may come, or is about to be asked for. */
  private boolean asked;

  private boolean closed;
  private final Outbox outbox = new Outbox();
  private @Nullable ScheduledFuture<?> deadline;

  AgentStream(
      ServerCallStreamObserver<Encoded> responses, String peer, String cluster, ControlLoop loop) {
    this.responses = responses;
    this.peer = peer;
    this.cluster = cluster;
    this.loop = loop;
  }

  /** Before the service method returns, as gRPC demands. */
  void open(ScheduledExecutorService timers, Duration helloTimeout) {
    responses.disableAutoRequest();
    responses.setOnReadyHandler(this::flush);
    responses.setOnCancelHandler(this::gone);
    responses.request(1);
    ScheduledFuture<?> timer =
        timers.schedule(() -> silent(helloTimeout), helloTimeout.toMillis(), TimeUnit.MILLISECONDS);
    synchronized (this) {
      deadline = timer;
    }
  }

  private void silent(Duration timeout) {
    boolean late;
    synchronized (this) {
      late = !greeted;
    }
    if (late) {
      end(
          Status.DEADLINE_EXCEEDED.withDescription(
              "no Hello within " + timeout.toSeconds() + " s of opening the stream"));
    }
  }

  @Override
  public void onNext(AgentMessage message) {
    boolean first;
    boolean more;
    synchronized (this) {
      if (closed) {
        return;
      }
      first = !greeted;
      greeted = true;
      waiting += first ? 0 : 1;
      more = waiting < MOST_WAITING;
      asked = more;
      if (first && deadline != null) {
        deadline.cancel(false);
      }
    }
    if (first) {
      greet(message);
    } else {
      loop.receive(this, message, this::dealtWith);
      if (more) {
        responses.request(1);
      }
    }
  }

  /** On the loop's thread. */
  private void dealtWith() {
    synchronized (this) {
      waiting--;
      if (asked) {
        return;
      }
      asked = true;
    }
    responses.request(1);
  }

  private void greet(AgentMessage message) {
    if (!message.hasHello()) {
      refuse(Status.INVALID_ARGUMENT, "the first message of a stream must be Hello");
      return;
    }
    Hello hello = message.getHello();
    List<Violation> violations = Validator.check(hello);
    if (!violations.isEmpty()) {
      refuse(
          Status.INVALID_ARGUMENT,
          violations.stream()
              .limit(5)
              .map(v -> v.getField() + ": " + v.getReason())
              .collect(Collectors.joining("; ")));
    } else if (!hello.getCluster().equals(cluster)) {
      refuse(
          Status.FAILED_PRECONDITION,
          "this controller is of cluster \"%s\", the agent of cluster \"%s\"; start the agent with --cluster %s or point it at its own controller"
              .formatted(cluster, shortened(hello.getCluster()), cluster));
    } else {
      loop.hello(hello, peer, this);
      responses.request(1);
    }
  }

  private static String shortened(String text) {
    return text.length() <= 63 ? text : text.substring(0, 63) + "…";
  }

  private void refuse(Status status, String sentence) {
    log.atWarn().addKeyValue("peer", peer).addKeyValue("reason", sentence).log("agent refused");
    end(status.withDescription(sentence));
  }

  @Override
  public void onError(Throwable cause) {
    gone();
  }

  @Override
  public void onCompleted() {
    gone();
    end(Status.OK);
  }

  private void gone() {
    synchronized (this) {
      if (deadline != null) {
        deadline.cancel(false);
      }
    }
    loop.disconnected(this);
  }

  @Override
  public void send(ControllerMessage message) {
    synchronized (this) {
      if (!closed) {
        outbox.put(message);
      }
    }
    flush();
  }

  @Override
  public void send(Encoded configuration) {
    synchronized (this) {
      if (!closed) {
        outbox.put(configuration);
      }
    }
    flush();
  }

  private synchronized void flush() {
    while (!closed && !outbox.isEmpty() && responses.isReady()) {
      responses.onNext(outbox.take());
    }
  }

  @Override
  public void close(Refusal refusal, String sentence) {
    Status status = Status.fromCodeValue(refusal.code().getNumber());
    end(status.withDescription(sentence));
  }

  private synchronized void end(Status status) {
    if (closed) {
      return;
    }
    closed = true;
    outbox.clear();
    if (responses.isCancelled()) {
      return;
    }
    if (status.isOk()) {
      responses.onCompleted();
    } else {
      responses.onError(status.asRuntimeException());
    }
  }
}
