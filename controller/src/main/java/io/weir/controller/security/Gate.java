package io.weir.controller.security;

import io.grpc.ServerCredentials;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiator.ProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import io.weir.v1.AuditRecord;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Where connections come in: closes those that are too many, and records handshakes that fail, with
 * the reason. gRPC has no other place that sees a connection before TLS is agreed on.
 */
public final class Gate implements ProtocolNegotiator {
  private static final int DEEPEST = 8;

  private final ProtocolNegotiator inner;
  private final Limits limits;
  private final AuditLog audit;
  private final Lifetimes lifetimes;

  // Guarded by this.
  private final Map<InetAddress, Integer> perAddress = new HashMap<>();
  private int connections;

  /**
   * @param credentials empty: plaintext
   * @param lifetimes where connections end with the certificate that was shown on them
   */
  public Gate(
      Optional<LiveCredentials> credentials, Limits limits, AuditLog audit, Lifetimes lifetimes) {
    this.inner =
        credentials
            .map(live -> InternalProtocolNegotiators.serverTls(live.server()))
            .orElseGet(InternalProtocolNegotiators::serverPlaintext);
    this.limits = limits;
    this.audit = audit;
    this.lifetimes = lifetimes;
  }

  /** For the server that is to have this gate. */
  public ServerCredentials credentials() {
    return InternalNettyServerCredentials.create(this);
  }

  @Override
  public AsciiString scheme() {
    return inner.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
    return new Entrance(inner.newHandler(handler));
  }

  @Override
  public void close() {
    inner.close();
  }

  /** Empty: it may come in, and was counted; else why not. */
  private synchronized Optional<String> enter(InetAddress from) {
    if (connections >= limits.connections()) {
      return Optional.of("there are %d connections already".formatted(connections));
    }
    int already = perAddress.getOrDefault(from, 0);
    if (already >= limits.connectionsPerAddress() && !from.isLoopbackAddress()) {
      return Optional.of("there are %d connections from this address already".formatted(already));
    }
    connections++;
    perAddress.put(from, already + 1);
    return Optional.empty();
  }

  private synchronized void leave(InetAddress from) {
    connections--;
    perAddress.merge(from, -1, (a, b) -> a + b == 0 ? null : a + b);
  }

  private void refused(@Nullable InetSocketAddress from, String outcome, String sentence) {
    audit.refused(
        AuditRecord.newBuilder()
            .setPeer(Guard.text(from))
            .setOutcome(outcome)
            .setSentence(sentence));
  }

  /** So that who has another one by then comes back with it, and is not refused on and on. */
  private void endWithCertificate(Channel channel, SSLSession session) {
    try {
      if (session.getPeerCertificates()[0] instanceof X509Certificate certificate) {
        Runnable gone =
            lifetimes.add(
                certificate.getNotAfter().toInstant(),
                Lifetimes.Kind.CONNECTION,
                () -> {
                  var _ = channel.close();
                });
        channel.closeFuture().addListener(_ -> gone.run());
      }
    } catch (SSLPeerUnverifiedException e) {
      // Who showed none was not let in.
    }
  }

  /** What is wrong with a handshake, in plain words. */
  static String reason(Throwable failure) {
    StringBuilder all = new StringBuilder();
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      all.append(cause.getClass().getSimpleName()).append(' ').append(cause.getMessage());
      all.append("; ");
      cause = cause.getCause();
    }
    String text = all.toString().toLowerCase(Locale.ROOT);
    if (text.contains("empty client certificate") || text.contains("certificate_required")) {
      return "no certificate was shown";
    }
    if (text.contains("certificateexpired") || text.contains("notafter")) {
      return "the certificate has expired";
    }
    if (text.contains("certificatenotyetvalid") || text.contains("notbefore")) {
      return "the certificate is not valid yet";
    }
    if (text.contains("unable to find valid certification path")
        || text.contains("path building failed")
        || text.contains("path does not chain")
        || text.contains("signature check failed")
        || text.contains("path validation failed")) {
      return "the certificate is of an authority that is not trusted here";
    }
    if (text.contains("notsslrecord")) {
      return "what came is not TLS";
    }
    if (text.contains("closedchannel") || text.contains("handshake timed out")) {
      return "the connection was closed before TLS was agreed on";
    }
    String said = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return "no TLS was agreed on: " + (said.length() <= 200 ? said : said.substring(0, 200) + "…");
  }

  /** One connection, until it is known whether it may stay. */
  private final class Entrance extends ChannelInboundHandlerAdapter {
    private final ChannelHandler next;

    Entrance(ChannelHandler next) {
      this.next = next;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      if (!(context.channel().remoteAddress() instanceof InetSocketAddress from)) {
        // Gone already.
        var _ = context.close();
        return;
      }
      Optional<String> refusal = enter(from.getAddress());
      if (refusal.isPresent()) {
        refused(from, "RESOURCE_EXHAUSTED", refusal.get());
        var _ = context.close();
        return;
      }
      context.channel().closeFuture().addListener(_ -> leave(from.getAddress()));
      context.pipeline().addAfter(context.name(), null, next);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      SslHandler tls = context.pipeline().get(SslHandler.class);
      if (tls != null && context.channel().remoteAddress() instanceof InetSocketAddress from) {
        tls.handshakeFuture()
            .addListener(done -> {
              Throwable failure = done.cause();
              if (failure != null) {
                refused(from, "UNAUTHENTICATED", reason(failure));
              } else {
                endWithCertificate(context.channel(), tls.engine().getSession());
              }
            });
      }
      context.fireChannelRead(message);
      context.pipeline().remove(this);
    }
  }
}
