package io.weir.cli.admin;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingV2Stub;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A channel to one controller. Calls throw StatusRuntimeException; see {@link Failures}. */
public final class Connection implements AutoCloseable {
  /** A list of many large pools; the controller's own limit is on what it takes in. */
  private static final int MAX_ANSWER_BYTES = 256 << 20;

  /** Held, because the log manager itself holds loggers weakly. */
  private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

  /** Many violations come in the trailers. */
  private static final int MAX_TRAILER_BYTES = 64 << 10;

  private final HostPort address;
  private final Duration timeout;
  private final NioEventLoopGroup group;
  private final ManagedChannel channel;

  /** {@code timeout}: for each call, connecting included. Connects with the first call. */
  public Connection(Destination to, Duration timeout) {
    GRPC_LOG.setLevel(Level.OFF); // every failure is told in one sentence of our own
    HostPort address = to.address();
    this.address = address;
    this.timeout = timeout;
    // NIO and one thread: unpacking and loading a native library costs more than it saves here.
    System.setProperty("io.grpc.netty.shaded.io.netty.transport.noNative", "true");
    NettyChannelBuilder builder = NettyChannelBuilder.forAddress(address.host(), address.port());
    if (to.tls().isPresent()) {
      builder.sslContext(to.tls().get().context());
    } else {
      builder.usePlaintext();
    }
    this.group = new NioEventLoopGroup(1);
    this.channel =
        builder
            .channelType(NioSocketChannel.class)
            .eventLoopGroup(group)
            .directExecutor()
            .proxyDetector(target -> null)
            .disableServiceConfigLookUp()
            .disableRetry()
            .maxInboundMessageSize(MAX_ANSWER_BYTES)
            .maxInboundMetadataSize(MAX_TRAILER_BYTES)
            .build();
  }

  public HostPort address() {
    return address;
  }

  public Duration timeout() {
    return timeout;
  }

  /** For one call: its deadline runs from now. */
  public AdminServiceBlockingStub admin() {
    return AdminServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** For streams, which have no deadline. */
  public AdminServiceBlockingV2Stub streams() {
    return AdminServiceGrpc.newBlockingV2Stub(channel);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    var _ = group.shutdownGracefully(0, 0, TimeUnit.SECONDS); // its thread ends by itself
  }
}
