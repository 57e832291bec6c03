package io.weir.controller.admin;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.weir.controller.security.Guard;
import io.weir.controller.security.Origin;
import io.weir.v1.AvailabilityRequest;
import io.weir.v1.AwaitRequest;
import io.weir.v1.ClusterRequest;
import io.weir.v1.DeleteRequest;
import io.weir.v1.EventsRequest;
import io.weir.v1.ExplainRequest;
import io.weir.v1.GetRequest;
import io.weir.v1.GetRolloutRequest;
import io.weir.v1.JoinRequest;
import io.weir.v1.ListRequest;
import io.weir.v1.ListRolloutsRequest;
import io.weir.v1.RegisterRequest;
import io.weir.v1.SteerRolloutRequest;
import io.weir.v1.WatchRequest;
import io.weir.v1.WatchRolloutRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has questions that take knowledge of all agents answered by the controller that leads; by this
 * one where that one does not answer. What was sent on once is not sent on again.
 */
public final class Forwarding implements ServerInterceptor {
  private static final Metadata.Key<String> FORWARDED =
      Metadata.Key.of("weir-forwarded", Metadata.ASCII_STRING_MARSHALLER);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Supplier<Optional<Channel>> leader;

  /**
   * @param leader the way to the controller that leads; empty: this one does, or none
   */
  public Forwarding(Supplier<Optional<Channel>> leader) {
    this.leader = leader;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    boolean oneQuestion =
        switch (call.getMethodDescriptor().getType()) {
          case UNARY, SERVER_STREAMING -> true;
          case CLIENT_STREAMING, BIDI_STREAMING, UNKNOWN -> false;
        };
    Optional<Channel> channel =
        oneQuestion && !headers.containsKey(FORWARDED) ? leader.get() : Optional.empty();
    return channel
        .<ServerCall.Listener<Q>>map(to -> {
          Metadata mark = Guard.onBehalf(Origin.current());
          mark.put(FORWARDED, "1");
          call.request(2);
          return new Deciding<>(
              call,
              headers,
              next,
              ClientInterceptors.intercept(to, MetadataUtils.newAttachHeadersInterceptor(mark)));
        })
        .orElseGet(() -> next.startCall(call, headers));
  }

  /** Whether an answer takes what the leader knows. */
  private static boolean isForLeader(Object question) {
    return switch (question) {
      case GetRequest get -> get.getAtRevision() == 0 && hasStatus(get.getResource().getKind());
      case ListRequest list -> list.getAtRevision() == 0 && hasStatus(list.getKind());
      case WatchRequest watch -> hasStatus(watch.getKind());
      case DeleteRequest delete ->
          delete.getResourcesList().stream().anyMatch(ref -> ref.getKind().equals("Agent"));
      case ExplainRequest _, EventsRequest _, AvailabilityRequest _, AwaitRequest _ -> true;
      case ListRolloutsRequest _, GetRolloutRequest _ -> true;
      case WatchRolloutRequest _, SteerRolloutRequest _, RegisterRequest _ -> true;
      case ClusterRequest _, JoinRequest _ -> true;
      default -> false;
    };
  }

  private static boolean hasStatus(String kind) {
    return kind.isEmpty() || kind.equals("Pool") || kind.equals("Scaler") || kind.equals("Agent");
  }

  /** One call, until it is known who answers it, and what the leader answers. */
  private static final class Deciding<Q, A> extends ServerCall.Listener<Q> {
    private final ServerCall<Q, A> call;
    private final Metadata headers;
    private final ServerCallHandler<Q, A> next;
    private final Channel leader;
    private @Nullable Q question;

    // Guarded by this.
    private ServerCall.@Nullable Listener<Q> here;
    private @Nullable ClientCall<Q, A> there;
    private boolean waiting;
    private boolean cancelled;

    Deciding(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next, Channel leader) {
      this.call = call;
      this.headers = headers;
      this.next = next;
      this.leader = leader;
    }

    @Override
    public void onMessage(Q message) {
      question = message;
    }

    @Override
    public void onHalfClose() {
      Q asked = question;
      if (asked == null || !isForLeader(asked)) {
        answer();
      } else if (call.getMethodDescriptor().getType() == MethodType.UNARY) {
        ask(asked);
      } else {
        follow(asked);
      }
    }

    /** By this controller. */
    private void answer() {
      ServerCall.Listener<Q> listener = next.startCall(call, headers);
      boolean over;
      synchronized (this) {
        here = listener;
        over = cancelled;
      }
      if (over) {
        listener.onCancel();
        return;
      }
      if (question != null) {
        listener.onMessage(question);
      }
      listener.onHalfClose();
      if (call.isReady()) {
        listener.onReady();
      }
    }

    /** Blocks, on the call's own thread. */
    private void ask(Q asked) {
      CallOptions options =
          CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      A answer;
      try {
        answer = ClientCalls.blockingUnaryCall(leader, call.getMethodDescriptor(), options, asked);
      } catch (StatusRuntimeException e) {
        if (isAway(e.getStatus()) && !call.isCancelled()) {
          answer();
        } else {
          close(e.getStatus(), e.getTrailers());
        }
        return;
      }
      call.sendHeaders(new Metadata());
      call.sendMessage(answer);
      close(Status.OK, null);
    }

    private static boolean isAway(Status status) {
      return switch (status.getCode()) {
        case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
        default -> false;
      };
    }

    private void close(Status status, @Nullable Metadata trailers) {
      if (!call.isCancelled()) {
        call.close(status, trailers == null ? new Metadata() : trailers);
      }
    }

    private void follow(Q asked) {
      ClientCall<Q, A> out = leader.newCall(call.getMethodDescriptor(), CallOptions.DEFAULT);
      synchronized (this) {
        there = out;
      }
      out.start(new Answers(out, Context.current()), new Metadata());
      out.sendMessage(asked);
      out.halfClose();
      out.request(1);
    }

    private final class Answers extends ClientCall.Listener<A> {
      private final ClientCall<Q, A> out;
      private final Context context;
      private boolean begun;

      Answers(ClientCall<Q, A> out, Context context) {
        this.out = out;
        this.context = context;
      }

      @Override
      public void onMessage(A message) {
        if (!begun) {
          begun = true;
          call.sendHeaders(new Metadata());
        }
        call.sendMessage(message);
        boolean more;
        synchronized (Deciding.this) {
          more = call.isReady();
          waiting = !more;
        }
        if (more) {
          out.request(1);
        }
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        synchronized (Deciding.this) {
          there = null;
        }
        if (!begun && isAway(status) && !call.isCancelled()) {
          Thread.startVirtualThread(context.wrap(Deciding.this::answer));
        } else {
          close(status, trailers);
        }
      }
    }

    @Override
    public void onReady() {
      ServerCall.Listener<Q> local;
      ClientCall<Q, A> remote;
      synchronized (this) {
        local = here;
        remote = waiting ? there : null;
        waiting = false;
      }
      if (local != null) {
        local.onReady();
      }
      if (remote != null) {
        remote.request(1);
      }
    }

    @Override
    public void onCancel() {
      ServerCall.Listener<Q> local;
      ClientCall<Q, A> remote;
      synchronized (this) {
        cancelled = true;
        local = here;
        remote = there;
      }
      if (local != null) {
        local.onCancel();
      }
      if (remote != null) {
        remote.cancel("the caller has gone", null);
      }
    }

    @Override
    public void onComplete() {
      ServerCall.Listener<Q> local;
      synchronized (this) {
        local = here;
      }
      if (local != null) {
        local.onComplete();
      }
    }
  }
}
