package io.weir.e2e.chaos;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.weir.e2e.chaos.History.Outcome;
import io.weir.e2e.chaos.History.Write;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.ApplyRequest;
import io.weir.v1.Endpoint;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * Writes one pool again and again, through any controller, and never the same twice. What ends
 * without a clear answer is not repeated.
 */
final class Client implements Runnable, AutoCloseable {
  private static final long DEADLINE_SECONDS = 6;
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(25);

  private final int number;
  private final List<ManagedChannel> controllers;
  private final Recorder recorder;
  private final RandomGenerator random;
  private volatile boolean enough;

  Client(int number, List<String> addresses, Recorder recorder, RandomGenerator random) {
    this.number = number;
    this.controllers =
        addresses.stream()
            .map(address ->
                Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build())
            .toList();
    this.recorder = recorder;
    this.random = random;
  }

  static String pool(int client) {
    return "w" + client;
  }

  /** What write {@code count} of {@code client} declares. */
  static Resource resource(int client, int count) {
    String address = "10.%d.%d.%d:80".formatted(100 + client, count / 250 % 250, count % 250);
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName(pool(client)))
        .setPool(
            Pool.newBuilder()
                .setSpec(
                    PoolSpec.newBuilder()
                        .addEndpoints(
                            Endpoint.newBuilder()
                                .setAddress(address)
                                .setWeight(1 + count / 62_500))))
        .build();
  }

  @Override
  public void run() {
    int next = random.nextInt(controllers.size());
    for (int count = 1; !enough; count++) {
      String id = "w%d-%d".formatted(number, count);
      Outcome outcome;
      long revision = 0;
      try {
        revision =
            AdminServiceGrpc.newBlockingStub(controllers.get(next))
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .apply(
                    ApplyRequest.newBuilder()
                        .addResources(resource(number, count))
                        .setMessage(id)
                        .build())
                .getRevision();
        outcome = Outcome.ACKED;
      } catch (StatusRuntimeException e) {
        outcome = outcome(e);
        next = random.nextInt(controllers.size());
      }
      recorder.wrote(new Write(number, id, outcome, revision));
      LockSupport.parkNanos(PAUSE);
    }
  }

  private static Outcome outcome(StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case ABORTED,
          INVALID_ARGUMENT,
          FAILED_PRECONDITION,
          OUT_OF_RANGE,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          UNAUTHENTICATED ->
          Outcome.REFUSED;
      case OK,
          CANCELLED,
          UNKNOWN,
          DEADLINE_EXCEEDED,
          RESOURCE_EXHAUSTED,
          UNIMPLEMENTED,
          INTERNAL,
          UNAVAILABLE,
          DATA_LOSS ->
          Outcome.UNKNOWN;
    };
  }

  void stop() {
    enough = true;
  }

  @Override
  public void close() {
    enough = true;
    controllers.forEach(ManagedChannel::shutdownNow);
  }
}
