package io.weir.controller.store;

import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * Has etcd send the backlog of a watch in messages of about 2 MiB; without it a thousand revisions
 * come as one, however large they are. jetcd knows nothing of fragments: they are asked for here,
 * and since one may end in the middle of a revision, its last revision is held back until it is
 * known to be whole.
 */
final class WatchFragments implements ClientInterceptor {
  /** {@code WatchCreateRequest.fragment} of etcd's rpc.proto since 3.4. */
  private static final int FRAGMENT_REQUESTED = 8;

  /** {@code WatchResponse.fragment}: more of this response follows. */
  private static final int FRAGMENT = 7;

  private static final UnknownFieldSet IN_FRAGMENTS =
      UnknownFieldSet.newBuilder()
          .addField(FRAGMENT_REQUESTED, Field.newBuilder().addVarint(1).build())
          .build();

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    ClientCall<Q, A> call = next.newCall(method, options);
    return method.equals(WatchGrpc.getWatchMethod()) ? new WatchCall<>(call) : call;
  }

  private static final class WatchCall<Q, A> extends SimpleForwardingClientCall<Q, A> {
    WatchCall(ClientCall<Q, A> call) {
      super(call);
    }

    @Override
    public void start(Listener<A> listener, Metadata headers) {
      super.start(new Whole<>(listener, this), headers);
    }

    @Override
    @SuppressWarnings("unchecked") // the same type with one field more
    public void sendMessage(Q message) {
      super.sendMessage(
          message instanceof WatchRequest request && request.hasCreateRequest()
              ? (Q) inFragments(request)
              : message);
    }

    private static WatchRequest inFragments(WatchRequest request) {
      WatchRequest.Builder builder = request.toBuilder();
      builder.getCreateRequestBuilder().mergeUnknownFields(IN_FRAGMENTS);
      return builder.build();
    }
  }

  private static final class Whole<A> extends SimpleForwardingClientCallListener<A> {
    private final ClientCall<?, A> call;

    /** Of one revision; gRPC calls a listener from one thread at a time. */
    private List<Event> held = List.of();

    Whole(ClientCall.Listener<A> listener, ClientCall<?, A> call) {
      super(listener);
      this.call = call;
    }

    @Override
    @SuppressWarnings("unchecked") // the same type with other events
    public void onMessage(A message) {
      if (!(message instanceof WatchResponse response) || response.getEventsCount() == 0) {
        super.onMessage(message);
        return;
      }
      boolean more = response.getUnknownFields().hasField(FRAGMENT);
      if (!more && held.isEmpty()) {
        super.onMessage(message);
        return;
      }
      List<Event> events = new ArrayList<>(held);
      events.addAll(response.getEventsList());
      int whole = more ? beforeLastRevision(events) : events.size();
      held = List.copyOf(events.subList(whole, events.size()));
      if (whole == 0) {
        // The receiver asked for a message, and this was none for it.
        call.request(1);
        return;
      }
      super.onMessage(
          (A) response.toBuilder().clearEvents().addAllEvents(events.subList(0, whole)).build());
    }

    private static int beforeLastRevision(List<Event> events) {
      long last = events.getLast().getKv().getModRevision();
      int count = events.size();
      while (count > 0 && events.get(count - 1).getKv().getModRevision() == last) {
        count--;
      }
      return count;
    }
  }
}
