package io.weir.controller.security;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.weir.controller.security.Caller.Certified;
import io.weir.controller.security.Caller.Stranger;
import io.weir.controller.security.Caller.Unknown;
import io.weir.controller.security.Permissions.Need;
import io.weir.v1.AgentMessage;
import io.weir.v1.AuditRecord;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Date;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Every call comes by here first: finds out who makes it and lets it on, or not; a stream ends with
 * the certificate that it was opened with. In plaintext nobody can be told from another, and all
 * may do all. What is not let on is recorded.
 */
public final class Guard implements ServerInterceptor {
  /** Whose call a controller sends on, as a certificate's URI, and where that one was. */
  static final Metadata.Key<String> ON_BEHALF =
      Metadata.Key.of("weir-caller", Metadata.ASCII_STRING_MARSHALLER);

  static final Metadata.Key<String> FROM =
      Metadata.Key.of("weir-caller-peer", Metadata.ASCII_STRING_MARSHALLER);

  private static final long NANOS = 1_000_000_000L;

  private final String cluster;
  private final AuditLog audit;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Lifetimes lifetimes;
  private final Rates writes;
  private final Rates reads;
  private final Rates streams;

  /**
   * @param nanos monotonic
   * @param lifetimes where streams end with the certificate that they were opened with
   */
  public Guard(
      String cluster,
      Limits limits,
      AuditLog audit,
      InstantSource clock,
      LongSupplier nanos,
      Lifetimes lifetimes) {
    this.cluster = cluster;
    this.audit = audit;
    this.clock = clock;
    this.nanos = nanos;
    this.lifetimes = lifetimes;
    double perSecond = limits.writesPerSecond();
    this.writes = new Rates(perSecond, perSecond * Limits.BURST);
    this.reads = new Rates(perSecond * Limits.READS, perSecond * Limits.READS * Limits.BURST);
    this.streams =
        new Rates(Limits.HELLOS_PER_SECOND, (double) Limits.HELLOS_PER_SECOND * Limits.BURST);
  }

  /** Why a certificate is not that of a controller of {@code cluster}; empty: it is. */
  public static Optional<String> notController(X509Certificate certificate, String cluster) {
    return switch (Caller.of(certificate, cluster)) {
      case Certified certified when certified.role() == Role.CONTROLLER -> Optional.empty();
      case Certified certified -> Optional.of("the certificate is of " + certified);
      case Stranger stranger -> Optional.of(stranger.sentence());
      case Unknown _ -> Optional.of("there is no certificate");
    };
  }

  /** What has a call be answered as whoever made it, by another controller. */
  public static Metadata onBehalf(Origin origin) {
    Metadata headers = new Metadata();
    if (origin.caller() instanceof Certified certified) {
      headers.put(ON_BEHALF, certified.uri());
      headers.put(FROM, origin.peer());
    }
    return headers;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    SocketAddress address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    Origin origin = represented(new Origin(caller(call), text(address)), headers);
    String method = call.getMethodDescriptor().getFullMethodName();
    Optional<Need> known = Permissions.need(method);
    Need need = known.orElse(Need.ADMINISTER);
    Optional<Status> refusal =
        switch (origin.caller()) {
          case Unknown _ -> Optional.empty();
          case Stranger stranger ->
              Optional.of(Status.UNAUTHENTICATED.withDescription(stranger.sentence()));
          case Certified certified ->
              known.isPresent() && Permissions.mayTry(certified.role(), need, method)
                  ? Optional.empty()
                  : Optional.of(forbidden(certified, method, need));
        };
    if (refusal.isPresent()) {
      return refuse(call, origin, refusal.get(), new Metadata());
    }
    Context context = Context.current().withValue(Origin.CONTEXT, origin);
    if (!(origin.caller() instanceof Certified certified)) {
      long wait = isLimited(address, need) ? take(need, host(address)) : 0;
      return wait > 0
          ? tooMany(call, origin, need, host(address), wait)
          : Contexts.interceptCall(context, call, headers, next);
    }
    long wait = take(need, certified.toString());
    if (wait > 0) {
      return tooMany(call, origin, need, certified.toString(), wait);
    }
    Optional<X509Certificate> certificate = certificate(call);
    if (call.getMethodDescriptor().getType() == MethodType.UNARY || certificate.isEmpty()) {
      return new Looking<>(
          Contexts.interceptCall(context, call, headers, next), call, origin, certified, need);
    }
    MortalCall<Q, A> stream = new MortalCall<>(call);
    Runnable gone =
        lifetimes.add(
            certificate.get().getNotAfter().toInstant(),
            Lifetimes.Kind.STREAM,
            () -> expired(stream, origin));
    return stream.listening(
        new Looking<>(
            Contexts.interceptCall(context, stream, headers, next),
            stream,
            origin,
            certified,
            need),
        gone);
  }

  private void expired(MortalCall<?, ?> stream, Origin origin) {
    Status status =
        Status.UNAUTHENTICATED.withDescription(
            "the certificate that this stream was opened with has expired; open another one");
    if (stream.end(status)) {
      record(stream, origin, status);
    }
  }

  /**
   * In plaintext there are only addresses to tell callers by. All that is on this machine shares
   * one, whole fleets for a trial among it; and agents behind one address do, too.
   */
  private static boolean isLimited(@Nullable SocketAddress address, Need need) {
    boolean stream = need == Need.SERVE || need == Need.FOLLOW;
    return !stream
        && address instanceof InetSocketAddress inet
        && !inet.isUnresolved()
        && !inet.getAddress().isLoopbackAddress();
  }

  private static String host(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet ? inet.getHostString() : "";
  }

  private long take(Need need, String who) {
    return rate(need).take(who, nanos.getAsLong());
  }

  private static Optional<X509Certificate> certificate(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    try {
      return session != null
              && session.getPeerCertificates()[0] instanceof X509Certificate certificate
          ? Optional.of(certificate)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  private Caller caller(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      return new Unknown();
    }
    Optional<X509Certificate> certificate = certificate(call);
    if (certificate.isEmpty()) {
      return new Stranger("no certificate was shown");
    }
    try {
      certificate.get().checkValidity(Date.from(clock.instant()));
      return Caller.of(certificate.get(), cluster);
    } catch (CertificateExpiredException e) {
      return new Stranger("the certificate of this connection has expired; connect with a new one");
    } catch (CertificateNotYetValidException e) {
      return new Stranger("the certificate is not valid yet");
    }
  }

  /** What a controller sends on is its caller's own. */
  private Origin represented(Origin origin, Metadata headers) {
    String whose = headers.get(ON_BEHALF);
    if (whose != null
        && origin.caller() instanceof Certified certified
        && certified.role() == Role.CONTROLLER) {
      String from = headers.get(FROM);
      return new Origin(Caller.of(whose, cluster), from == null ? origin.peer() : from);
    }
    return origin;
  }

  private static Status forbidden(Certified caller, String method, Need need) {
    return Status.PERMISSION_DENIED.withDescription(
        "this certificate is %s, and %s takes %s"
            .formatted(caller, method.substring(method.lastIndexOf('.') + 1), need.those()));
  }

  private Rates rate(Need need) {
    return switch (need) {
      case READ, MEMBERSHIP -> reads;
      case WRITE, REGISTER, ADMINISTER -> writes;
      case SERVE, FOLLOW -> streams;
    };
  }

  private <Q, A> ServerCall.Listener<Q> tooMany(
      ServerCall<Q, A> call, Origin origin, Need need, String who, long wait) {
    Rates rate = rate(need);
    String sentence =
        "more than %d such calls a second by %s; come back in %d ms"
            .formatted(Math.round(rate.perSecond()), who, (wait + 999_999) / 1_000_000);
    StatusRuntimeException status =
        StatusProto.toStatusRuntimeException(
            com.google.rpc.Status.newBuilder()
                .setCode(Code.RESOURCE_EXHAUSTED_VALUE)
                .setMessage(sentence)
                .addDetails(
                    Any.pack(
                        RetryInfo.newBuilder()
                            .setRetryDelay(
                                Duration.newBuilder()
                                    .setSeconds(wait / NANOS)
                                    .setNanos((int) (wait % NANOS)))
                            .build()))
                .build());
    Metadata trailers = status.getTrailers();
    return refuse(call, origin, status.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  private <Q, A> ServerCall.Listener<Q> refuse(
      ServerCall<Q, A> call, Origin origin, Status status, Metadata trailers) {
    record(call, origin, status);
    call.close(status, trailers);
    return new ServerCall.Listener<>() {};
  }

  private void record(ServerCall<?, ?> call, Origin origin, Status status) {
    audit.refused(
        AuditRecord.newBuilder()
            .setIdentity(origin.caller().toString())
            .setPeer(origin.peer())
            .setCall(call.getMethodDescriptor().getFullMethodName())
            .setOutcome(status.getCode().name())
            .setSentence(status.getDescription() == null ? "" : status.getDescription()));
  }

  /** "address:port". */
  static String text(@Nullable SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      String host = inet.isUnresolved() ? inet.getHostString() : inet.getAddress().getHostAddress();
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
    }
    return String.valueOf(address);
  }

  /** Looks at what is asked for, before whoever answers it does. */
  private final class Looking<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private final Origin origin;
    private final Certified caller;
    private final Need usual;
    private boolean refused;

    Looking(
        ServerCall.Listener<Q> listener,
        ServerCall<Q, ?> call,
        Origin origin,
        Certified caller,
        Need usual) {
      super(listener);
      this.call = call;
      this.origin = origin;
      this.caller = caller;
      this.usual = usual;
    }

    @Override
    public void onMessage(Q message) {
      if (refused) {
        return;
      }
      Optional<Status> refusal = refusal(message);
      if (refusal.isEmpty()) {
        super.onMessage(message);
        return;
      }
      refused = true;
      record(call, origin, refusal.get());
      call.close(refusal.get(), new Metadata());
      super.onCancel();
    }

    private Optional<Status> refusal(Q message) {
      if (message instanceof AgentMessage said) {
        return !said.hasHello() || said.getHello().getAgent().equals(caller.name())
            ? Optional.empty()
            : Optional.of(
                Status.PERMISSION_DENIED.withDescription(
                    "this certificate is %s, so it may not be agent \"%s\""
                        .formatted(caller, shortened(said.getHello().getAgent()))));
      }
      Need exact = Permissions.need(usual, message);
      return exact.roles().contains(caller.role())
          ? Optional.empty()
          : Optional.of(forbidden(caller, call.getMethodDescriptor().getFullMethodName(), exact));
    }

    private static String shortened(String name) {
      return name.length() <= 63 ? name : name.substring(0, 63) + "…";
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }

    @Override
    public void onCancel() {
      if (!refused) {
        super.onCancel();
      }
    }

    @Override
    public void onComplete() {
      if (!refused) {
        super.onComplete();
      }
    }

    @Override
    public void onReady() {
      if (!refused) {
        super.onReady();
      }
    }
  }
}
