package io.weir.agent.probe;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.probe.ProbeResult.Failed;
import io.weir.agent.probe.ProbeResult.Passed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * grpc.health.v1.Health/Check (github.com/grpc/grpc, doc/health-checking.md), in the clear. Its two
 * messages have one field each, which are read and written here.
 */
final class GrpcProbes implements ProbeClient.Kind<Probe.Grpc> {
  private static final int SERVING = 1;

  private static final MethodDescriptor<String, Integer> CHECK =
      MethodDescriptor.<String, Integer>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("grpc.health.v1.Health/Check")
          .setRequestMarshaller(new ServiceName())
          .setResponseMarshaller(new ServingStatus())
          .build();

  @Override
  public void probe(
      Endpoint endpoint, Probe.Grpc probe, Duration timeout, ProbeClient.Answer result) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
            .usePlaintext()
            .overrideAuthority(endpoint.address())
            .proxyDetector(_ -> null)
            .maxInboundMessageSize(64 << 10)
            .disableRetry()
            .directExecutor()
            .build();
    result.whenDecided(channel::shutdownNow);
    ClientCall<String, Integer> call =
        channel.newCall(
            CHECK, CallOptions.DEFAULT.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS));
    ClientCalls.asyncUnaryCall(call, probe.service(), new Verdict(timeout, result));
  }

  private record Verdict(Duration timeout, ProbeClient.Answer result)
      implements StreamObserver<Integer> {
    @Override
    public void onNext(Integer status) {
      result.is(
          switch (status) {
            case SERVING -> new Passed();
            case 0 -> new Failed("serving status UNKNOWN");
            case 2 -> new Failed("serving status NOT_SERVING");
            case 3 -> new Failed("serving status SERVICE_UNKNOWN");
            default -> new Failed("serving status " + status);
          });
    }

    @Override
    public void onError(Throwable failure) {
      Status status = Status.fromThrowable(failure);
      Throwable cause = status.getCause();
      result.is(
          switch (status.getCode()) {
            case DEADLINE_EXCEEDED -> new Failed(Failures.late(timeout));
            case UNIMPLEMENTED -> new Failed("does not know the health service");
            case NOT_FOUND -> new Failed("does not know that service");
            default ->
                cause == null
                    ? new Failed("grpc status " + text(status))
                    : Failures.of(cause, timeout, "grpc status " + text(status));
          });
    }

    private static String text(Status status) {
      return status.getCode()
          + Optional.ofNullable(status.getDescription()).map(why -> ": " + why).orElse("");
    }

    @Override
    public void onCompleted() {}
  }

  /** HealthCheckRequest. */
  private static final class ServiceName implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String service) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        if (!service.isEmpty()) {
          out.writeString(1, service);
        }
        out.flush();
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
      return new ByteArrayInputStream(bytes.toByteArray());
    }

    @Override
    public String parse(InputStream stream) {
      throw new UnsupportedOperationException("only ever sent");
    }
  }

  /** HealthCheckResponse. */
  private static final class ServingStatus implements MethodDescriptor.Marshaller<Integer> {
    @Override
    public InputStream stream(Integer status) {
      throw new UnsupportedOperationException("only ever received");
    }

    @Override
    public Integer parse(InputStream stream) {
      try {
        CodedInputStream in = CodedInputStream.newInstance(stream);
        int status = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
          if (tag == 1 << 3) {
            status = in.readEnum();
          } else if (!in.skipField(tag)) {
            break;
          }
        }
        return status;
      } catch (IOException malformed) {
        throw Status.INTERNAL
            .withDescription("not a health check's answer")
            .withCause(malformed)
            .asRuntimeException();
      }
    }
  }
}
