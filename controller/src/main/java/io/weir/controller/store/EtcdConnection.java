package io.weir.controller.store;

import static java.util.stream.Collectors.joining;

import io.etcd.jetcd.Client;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jetcd client in use: bounds every call by the deadline, says in a sentence what went wrong,
 * and replaces the client when it stops answering. The replacement matters because a gRPC channel
 * waits up to two minutes between its own attempts to connect; it is also the place where a client
 * per endpoint would rotate.
 */
final class EtcdConnection implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EtcdConnection.class);

  /** Above etcd's least interval between pings (5 s), or it closes the connection. */
  private static final Duration KEEPALIVE = Duration.ofSeconds(10);

  private final List<URI> endpoints;
  private final Duration deadline;
  private final Object lock = new Object();

  /** Guarded by {@link #lock}. */
  private Client client;

  private final CountDownLatch closed = new CountDownLatch(1);

  EtcdConnection(List<URI> endpoints, Duration deadline) {
    this.endpoints = List.copyOf(endpoints);
    this.deadline = deadline;
    this.client = newClient();
  }

  Client client() {
    synchronized (lock) {
      return client;
    }
  }

  /** "etcd at" and the endpoints: the beginning of every sentence. */
  String name() {
    return "etcd at " + endpoints.stream().map(URI::toString).collect(joining(","));
  }

  /**
   * @throws StoreException within the deadline
   */
  <T> T call(Function<Client, CompletableFuture<T>> operation) {
    Client used = client();
    try {
      // The call ends at the deadline by itself; a little more is for a machine that is busy.
      return operation.apply(used).get(deadline.toMillis() + 500, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failed(used, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw failed(used, Status.DEADLINE_EXCEEDED.asRuntimeException());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while waiting for " + name(), e);
    }
  }

  /**
   * A process's first call: it loads and links all of gRPC, which takes seconds on a busy machine,
   * so that a time-out proves nothing yet and it is called again. A refused connection does.
   *
   * @throws StoreException within twice the deadline
   */
  <T> T firstCall(Function<Client, CompletableFuture<T>> operation) {
    try {
      return call(operation);
    } catch (StoreException e) {
      if (refused(e)) {
        throw e;
      }
      return call(operation);
    }
  }

  private StoreException failed(Client used, Throwable cause) {
    Status status = Status.fromThrowable(cause);
    String detail = status.getDescription() == null ? "" : status.getDescription();
    if (isAway(status)) {
      replace(used);
      String why = refused(cause) ? " (connection refused)" : "";
      return new StoreException(
          "%s did not answer within %s%s; check that it runs and that the address is right"
              .formatted(name(), seconds(deadline), why),
          cause);
    }
    return new StoreException(
        "%s refused: %s".formatted(name(), detail.isEmpty() ? status.getCode() : detail), cause);
  }

  /**
   * A connection that breaks under a call makes it fail as UNKNOWN, with what broke as the cause.
   */
  private static boolean isAway(Status status) {
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED, UNAVAILABLE, CANCELLED -> true;
      case UNKNOWN -> status.getCause() instanceof IOException;
      default -> false;
    };
  }

  private static boolean refused(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (String.valueOf(t.getMessage()).contains("Connection refused")) {
        return true;
      }
    }
    return false;
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? duration.toSeconds() + " s"
        : String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1_000.0);
  }

  /**
   * Goes on with another client. The one that failed is closed only once the calls that other
   * threads began on it have run into their own deadlines.
   */
  void replace(Client failed) {
    synchronized (lock) {
      if (closed.getCount() == 0 || !client.equals(failed)) {
        return;
      }
      client = newClient();
      Thread.ofVirtual().name("weir-etcd-retired").start(() -> retire(failed));
    }
    log.atInfo().addKeyValue("endpoints", endpoints).log("reconnecting to etcd");
  }

  private void retire(Client failed) {
    try {
      closed.await(2 * deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; were it so, the client just closes sooner.
    }
    failed.close();
  }

  private Client newClient() {
    return Client.builder()
        .endpoints(endpoints)
        .connectTimeout(deadline)
        .keepaliveTime(KEEPALIVE)
        .keepaliveTimeout(deadline)
        .keepaliveWithoutCalls(false)
        .waitForReady(true)
        .retryMaxAttempts(1)
        .retryDelay(100)
        // A watch's backlog comes in one message, however long it is.
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .interceptor(new DeadlineInterceptor())
        .build();
  }

  /** Stops what is under way. */
  @Override
  public void close() {
    Client last;
    synchronized (lock) {
      closed.countDown();
      last = client;
    }
    last.close();
  }

  /** A call given up would otherwise still be sent once etcd is back. */
  private final class DeadlineInterceptor implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      boolean unary = method.getType() == MethodDescriptor.MethodType.UNARY;
      return next.newCall(
          method,
          unary ? options.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS) : options);
    }
  }
}
