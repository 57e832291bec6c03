package io.weir.controller.store;

import static java.util.stream.Collectors.joining;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.api.WatchGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.weir.controller.store.EtcdTrouble.Away;
import io.weir.controller.store.EtcdTrouble.Refused;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One jetcd client for each endpoint, used one at a time: a call that gets no answer from a member
 * in time goes on at the next one. gRPC's own balancing over the endpoints does worse, since it
 * holds on to a member that is frozen. Every call has a deadline for each attempt and one for all
 * of them, and says in a sentence what went wrong. Thread-safe.
 */
final class EtcdConnection implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EtcdConnection.class);

  /** Above etcd's least interval between pings (5 s), or it closes the connection. */
  private static final Duration KEEPALIVE = Duration.ofSeconds(10);

  /** A list is one message, however long it is. Watches come in fragments. */
  private static final int MAX_MESSAGE_BYTES = 256 << 20;

  /** A client that fails sooner after it was made is kept, for it costs threads to make one. */
  private static final long RENEW_NANOS = Duration.ofSeconds(1).toNanos();

  private static final Duration BUSY = Duration.ofMillis(500);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
  private static final Duration LAST_PAUSE = Duration.ofMillis(400);

  /**
   * @param attempt to get an answer of one member; twice as long until any has answered, for a
   *     process's first connection takes its time
   * @param whole to get an answer of any member
   */
  record Deadlines(Duration attempt, Duration whole) {
    /** A fifth of the whole for each attempt, but at most 1 s. */
    static Deadlines within(Duration whole) {
      Duration fifth = whole.dividedBy(5);
      Duration second = Duration.ofSeconds(1);
      return new Deadlines(fifth.compareTo(second) < 0 ? fifth : second, whole);
    }
  }

  private final EtcdAccess access;
  private final Deadlines deadlines;
  private final RandomGenerator random;
  private final Object lock = new Object();

  /** Guarded by {@link #lock}; in the order of the endpoints, null where there is none now. */
  private final @Nullable Member[] members;

  /** Guarded by {@link #lock}: index of the endpoint in use. */
  private int current;

  private final CountDownLatch closed = new CountDownLatch(1);

  /** Some member has: what takes long from now on is not this process. */
  private volatile boolean answered;

  /** A client of one endpoint. */
  private static final class Member {
    final int index;
    final long since;
    final Client client;

    Member(int index, long since, Client client) {
      this.index = index;
      this.since = since;
      this.client = client;
    }
  }

  /**
   * @param random which member is first, and how long pauses are
   * @throws StoreException when a file cannot be used
   */
  EtcdConnection(EtcdAccess access, Deadlines deadlines, RandomGenerator random) {
    this.access = access;
    this.deadlines = deadlines;
    this.random = random;
    this.members = new Member[access.endpoints().size()];
    this.current = random.nextInt(members.length);
    member();
  }

  /** Of the member in use now. */
  Client client() {
    return member().client;
  }

  private Member member() {
    synchronized (lock) {
      if (closed.getCount() == 0) {
        throw new StoreException(name() + " is closed");
      }
      Member member = members[current];
      if (member == null) {
        URI endpoint = access.endpoints().get(current);
        member = new Member(current, System.nanoTime(), newClient(endpoint));
        members[current] = member;
      }
      return member;
    }
  }

  /** "etcd at" and the endpoints: the beginning of every sentence. */
  String name() {
    return access.toString();
  }

  /**
   * Calls {@code operation} with one client after the other until one answers. For what may be done
   * more than once: a member that did not answer may have done it.
   *
   * @throws StoreException when etcd refuses, or within the deadline for the whole
   */
  <T> T call(Function<Client, CompletableFuture<T>> operation) {
    long end = System.nanoTime() + deadlines.whole().toNanos();
    Map<URI, String> said = new LinkedHashMap<>();
    Duration pause = FIRST_PAUSE;
    for (int attempt = 1; ; attempt++) {
      Member member = member();
      Throwable failure;
      try {
        T answer = operation.apply(member.client).get(patience(), TimeUnit.MILLISECONDS);
        answered = true;
        return answer;
      } catch (ExecutionException e) {
        failure = e.getCause() == null ? e : e.getCause();
      } catch (TimeoutException | RejectedExecutionException e) {
        failure = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException("interrupted while waiting for " + name(), e);
      }
      switch (EtcdTrouble.of(failure)) {
        case Refused(String sentence) -> throw new StoreException(name() + " " + sentence, failure);
        case Away(String what) -> {
          URI endpoint = access.endpoints().get(member.index);
          said.put(endpoint, what);
          leave(member, what);
          long left = end - System.nanoTime();
          if (left <= 0) {
            throw new StoreException(silence(said), failure);
          }
          if (attempt % members.length == 0) {
            pause(Math.min(left, pause.toNanos()));
            pause = pause.multipliedBy(2).compareTo(LAST_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
          }
        }
      }
    }
  }

  /**
   * A process's first call: it loads and links all of gRPC, which takes seconds on a busy machine,
   * so that a time-out proves nothing yet and it is called again. A refused connection does.
   *
   * @throws StoreException as {@link #call}, within twice the deadline
   */
  <T> T firstCall(Function<Client, CompletableFuture<T>> operation) {
    try {
      return call(operation);
    } catch (StoreException e) {
      if (e.getCause() != null && EtcdTrouble.of(e.getCause()).equals(new Away("no answer"))) {
        return call(operation);
      }
      throw e;
    }
  }

  /**
   * Milliseconds. The call ends at its deadline by itself, and jetcd may do it once more, with a
   * new token; a little more is for a machine that is busy.
   */
  private long patience() {
    int times = access.login().isPresent() ? 2 : 1;
    return times * attempt().toMillis() + BUSY.toMillis();
  }

  private Duration attempt() {
    return answered ? deadlines.attempt() : deadlines.attempt().multipliedBy(2);
  }

  private void pause(long nanos) {
    long jittered;
    synchronized (lock) {
      jittered = (long) (nanos * random.nextDouble(0.5, 1));
    }
    try {
      closed.await(jittered, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while waiting for " + name(), e);
    }
  }

  private String silence(Map<URI, String> said) {
    if (members.length == 1) {
      return "%s did not answer within %s (%s); check that it runs and that the address is right"
          .formatted(name(), seconds(deadlines.whole()), said.values().iterator().next());
    }
    String each =
        said.entrySet().stream()
            .map(e -> e.getKey().getAuthority() + ": " + e.getValue())
            .collect(joining(", "));
    return "%s did not answer within %s (%s); reads and writes fail until a majority of its members is back, agents go on with what they have"
        .formatted(name(), seconds(deadlines.whole()), each);
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? duration.toSeconds() + " s"
        : String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1_000.0);
  }

  /**
   * Goes on with the next member, and later with a new client of this one: gRPC waits up to two
   * minutes between its own attempts to connect. The old client is closed only once the calls that
   * other threads began on it have run into their own deadlines.
   */
  private void leave(Member failed, String why) {
    boolean moved;
    synchronized (lock) {
      if (closed.getCount() == 0) {
        return;
      }
      moved = current == failed.index && members.length > 1;
      if (current == failed.index) {
        current = (current + 1) % members.length;
      }
      boolean old = System.nanoTime() - failed.since > RENEW_NANOS;
      if (old && failed.equals(members[failed.index])) {
        members[failed.index] = null;
        Thread.ofVirtual().name("weir-etcd-retired").start(() -> retire(failed));
      }
    }
    if (answered || moved) {
      log.atDebug()
          .addKeyValue("endpoint", access.endpoints().get(failed.index))
          .addKeyValue("reason", why)
          .log("leaving a member of etcd");
    }
  }

  private void retire(Member failed) {
    try {
      closed.await(2 * attempt().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; were it so, the client just closes sooner.
    }
    failed.client.close();
  }

  private Client newClient(URI endpoint) {
    ClientBuilder builder =
        Client.builder()
            .endpoints(endpoint)
            .connectTimeout(deadlines.attempt().multipliedBy(2))
            .keepaliveTime(KEEPALIVE)
            .keepaliveTimeout(deadlines.whole())
            .keepaliveWithoutCalls(false)
            // Where nobody listens the next member is asked at once.
            .waitForReady(false)
            // For a new token only.
            .retryMaxAttempts(1)
            .retryDelay(10)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .interceptor(new DeadlineInterceptor(), new WatchFragments());
    if (access.secure()) {
      builder.sslContext(EtcdCredentials.tls(access));
    }
    access
        .login()
        .ifPresent(login ->
            builder.user(bytes(login.user())).password(bytes(EtcdCredentials.password(login))));
    return builder.build();
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  /** Stops what is under way. */
  @Override
  public void close() {
    List<Member> last;
    synchronized (lock) {
      closed.countDown();
      last = Stream.of(members).filter(member -> member != null).toList();
    }
    last.forEach(member -> member.client.close());
  }

  /** A call given up would otherwise still be sent once etcd is back. */
  private final class DeadlineInterceptor implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      // A lease is kept alive on a stream, too, which ends with its first answer.
      boolean lasting = method.equals(WatchGrpc.getWatchMethod());
      return next.newCall(
          method,
          lasting
              ? options
              : options.withDeadlineAfter(attempt().toMillis(), TimeUnit.MILLISECONDS));
    }
  }
}
