package io.weir.controller.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.FleetServiceGrpc;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls in plaintext, where there are only addresses to tell callers by. */
final class GuardTest {
  private static final int PER_SECOND = 10;
  private static final int AT_ONCE = PER_SECOND * Limits.BURST;

  private final AuditLog audit = AuditLog.open(Optional.empty(), "c1", InstantSource.system());
  private long nanos;
  private final Guard guard =
      new Guard(
          "test",
          new Limits(100, 100, PER_SECOND),
          audit,
          InstantSource.system(),
          () -> nanos,
          new Lifetimes());

  @AfterEach
  void close() {
    audit.close();
  }

  private static final class Call<Q, A> extends ServerCall<Q, A> {
    private final MethodDescriptor<Q, A> method;
    private final String host;
    private Status status = Status.OK;

    Call(MethodDescriptor<Q, A> method, String host) {
      this.method = method;
      this.host = host;
    }

    @Override
    public void request(int messages) {
      // Nothing comes.
    }

    @Override
    public void sendHeaders(Metadata headers) {
      // Nobody reads.
    }

    @Override
    public void sendMessage(A message) {
      // Nobody reads.
    }

    @Override
    public void close(Status with, Metadata trailers) {
      status = with;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Q, A> getMethodDescriptor() {
      return method;
    }

    @Override
    public Attributes getAttributes() {
      return Attributes.newBuilder()
          .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, new InetSocketAddress(host, 4_711))
          .build();
    }

    @Override
    public @Nullable String getAuthority() {
      return null;
    }
  }

  private <Q, A> Status call(MethodDescriptor<Q, A> method, String host) {
    Call<Q, A> call = new Call<>(method, host);
    var _ = guard.interceptCall(call, new Metadata(), (_, _) -> new ServerCall.Listener<>() {});
    return call.status;
  }

  private Status write(String host) {
    return call(AdminServiceGrpc.getApplyMethod(), host);
  }

  @Test
  void anAddressThatWritesTooMuchIsToldWhenToComeBackAndOthersGoOn() {
    for (int i = 0; i < AT_ONCE; i++) {
      assertThat(write("192.0.2.1").isOk()).isTrue();
    }
    Status refused = write("192.0.2.1");
    assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refused.getDescription())
        .isEqualTo("more than 10 such calls a second by 192.0.2.1; come back in 100 ms");
    assertThat(audit.newest(true, 1)).hasSize(1);
    assertThat(write("192.0.2.2").isOk()).isTrue();
    assertThat(call(AdminServiceGrpc.getListMethod(), "192.0.2.1").isOk()).isTrue();
    nanos += 100_000_000;
    assertThat(write("192.0.2.1").isOk()).isTrue();
  }

  @Test
  void neitherThisMachineNorStreamsAreLimited() {
    for (int i = 0; i < 10 * AT_ONCE; i++) {
      assertThat(write("127.0.0.1").isOk()).isTrue();
      assertThat(call(FleetServiceGrpc.getConnectMethod(), "192.0.2.1").isOk()).isTrue();
    }
  }
}
