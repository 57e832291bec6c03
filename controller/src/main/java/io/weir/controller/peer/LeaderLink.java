package io.weir.controller.peer;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.netty.handler.ssl.SslContext;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.LeaderChannel;
import io.weir.controller.reconcile.Peers;
import io.weir.controller.store.Leadership.Leader;
import io.weir.v1.FollowerHello;
import io.weir.v1.FollowerMessage;
import io.weir.v1.LeaderMessage;
import io.weir.v1.PeerServiceGrpc;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A follower's stream to the leader, opened again for as long as that one leads. Safe from any
 * thread.
 */
public final class LeaderLink implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LeaderLink.class);
  private static final Duration KEEPALIVE = Duration.ofSeconds(10);
  private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);
  private static final long FIRST_RETRY = Duration.ofMillis(50).toNanos();
  private static final long LAST_RETRY = Duration.ofSeconds(1).toNanos();
  private static final int MAX_MESSAGE_BYTES = 64 << 20;
  private static final int WINDOW = 32;

  private final Identity identity;
  private final Peers peers;
  private final Optional<SslContext> tls;
  private final ScheduledExecutorService timers;
  private final RandomGenerator random;

  // Guarded by this.
  private Optional<Leader> leader = Optional.empty();
  private @Nullable ManagedChannel channel;
  private @Nullable Session session;
  private long retry = FIRST_RETRY;
  private boolean closed;

  /**
   * @param tls empty: in plaintext
   * @param timers must run short tasks on time
   * @param random for jitter
   */
  public LeaderLink(
      Identity identity,
      Peers peers,
      Optional<SslContext> tls,
      ScheduledExecutorService timers,
      RandomGenerator random) {
    this.identity = identity;
    this.peers = peers;
    this.tls = tls;
    this.timers = timers;
    this.random = random;
  }

  /** Turns to {@code next}. Empty: to nobody. */
  public synchronized void follow(Optional<Leader> next) {
    if (next.equals(leader)) {
      return;
    }
    leader = next;
    retry = FIRST_RETRY;
    drop();
    if (!closed && next.isPresent()) {
      channel = dial(next.get());
      open();
    }
  }

  /** For calls to the leader's other services. Empty: no other controller leads. */
  public synchronized Optional<Channel> channel() {
    return Optional.ofNullable(channel);
  }

  private ManagedChannel dial(Leader to) {
    NettyChannelBuilder builder = NettyChannelBuilder.forTarget("dns:///" + to.member().address());
    tls.ifPresentOrElse(builder::sslContext, builder::usePlaintext);
    return builder
        .proxyDetector(_ -> null)
        .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .disableRetry()
        .build();
  }

  private synchronized void drop() {
    Session last = session;
    session = null;
    if (last != null) {
      last.end("another controller leads");
    }
    if (channel != null) {
      channel.shutdownNow();
      channel = null;
    }
  }

  private synchronized void open() {
    if (closed || channel == null || leader.isEmpty()) {
      return;
    }
    Session next = new Session(leader.get());
    session = next;
    next.open(channel);
  }

  private synchronized void ended(Session which, Status status) {
    if (session != which) {
      return;
    }
    session = null;
    long pause = random.nextLong(retry) + FIRST_RETRY / 10;
    retry = Math.min(2 * retry, LAST_RETRY);
    log.atInfo()
        .addKeyValue("leader", which.to.member().address())
        .addKeyValue("reason", status.getDescription())
        .log("no link to the leader; trying again");
    try {
      var _ =
          timers.schedule(
              () -> {
                synchronized (this) {
                  if (session == null && leader.filter(which.to::equals).isPresent()) {
                    open();
                  }
                }
              },
              pause,
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; not following any more");
    }
  }

  private synchronized void welcomed() {
    retry = FIRST_RETRY;
  }

  @Override
  public synchronized void close() {
    closed = true;
    leader = Optional.empty();
    drop();
  }

  /** One stream. All writing happens under its lock. */
  private final class Session
      implements ClientResponseObserver<FollowerMessage, LeaderMessage>, LeaderChannel {
    private final Leader to;
    private final AgentReports waiting = new AgentReports();
    private @Nullable ClientCallStreamObserver<FollowerMessage> requests;
    private boolean over;

    Session(Leader to) {
      this.to = to;
    }

    void open(Channel over) {
      send(
          FollowerMessage.newBuilder()
              .setHello(
                  FollowerHello.newBuilder()
                      .setCluster(identity.cluster())
                      .setEpoch(identity.epoch())
                      .setController(identity.self().id())
                      .setAddress(identity.self().address())
                      .setVersion(identity.self().version())
                      .setTerm(to.term()))
              .build());
      PeerServiceGrpc.newStub(over).follow(this);
      flush();
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<FollowerMessage> stream) {
      synchronized (this) {
        requests = stream;
      }
      stream.disableAutoRequestWithInitial(1);
      stream.setOnReadyHandler(this::flush);
    }

    @Override
    public void send(FollowerMessage message) {
      synchronized (this) {
        if (!over) {
          waiting.put(message);
        }
      }
      flush();
    }

    private synchronized void flush() {
      while (!over && requests != null && requests.isReady() && !waiting.isEmpty()) {
        requests.onNext(waiting.take());
      }
    }

    private void more(int messages) {
      ClientCallStreamObserver<FollowerMessage> stream;
      synchronized (this) {
        stream = over ? null : requests;
      }
      if (stream != null) {
        stream.request(messages);
      }
    }

    @Override
    public void onNext(LeaderMessage message) {
      if (message.hasWelcome()) {
        welcomed();
        peers.linked(
            this, message.getWelcome().getTerm(), () -> fail("another controller leads by now"));
        more(WINDOW);
      } else {
        peers.receive(this, message, () -> more(1));
      }
    }

    private void fail(String why) {
      end(why);
      ended(this, Status.CANCELLED.withDescription(why));
    }

    void end(String why) {
      ClientCallStreamObserver<FollowerMessage> stream;
      synchronized (this) {
        stream = over ? null : requests;
        over = true;
        waiting.clear();
      }
      if (stream != null) {
        stream.cancel(why, null);
      }
      peers.unlinked(this);
    }

    @Override
    public void onError(Throwable cause) {
      end("broken");
      ended(this, Status.fromThrowable(cause));
    }

    @Override
    public void onCompleted() {
      end("ended");
      ended(this, Status.UNAVAILABLE.withDescription("the leader ended the stream"));
    }
  }
}
