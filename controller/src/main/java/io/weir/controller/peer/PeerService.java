package io.weir.controller.peer;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.Peers;
import io.weir.v1.FollowerMessage;
import io.weir.v1.LeaderMessage;
import io.weir.v1.PeerServiceGrpc;

/** Opens a {@link FollowerStream} for each controller that follows. */
public final class PeerService extends PeerServiceGrpc.PeerServiceImplBase {
  private final Identity identity;
  private final Peers peers;

  public PeerService(Identity identity, Peers peers) {
    this.identity = identity;
    this.peers = peers;
  }

  @Override
  public StreamObserver<FollowerMessage> follow(StreamObserver<LeaderMessage> responses) {
    FollowerStream stream =
        new FollowerStream((ServerCallStreamObserver<LeaderMessage>) responses, identity, peers);
    stream.open();
    return stream;
  }
}
