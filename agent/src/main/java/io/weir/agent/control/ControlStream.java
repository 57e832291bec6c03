package io.weir.agent.control;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.netty.handler.ssl.SslContext;
import io.weir.agent.model.Refusal;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.Violation;
import io.weir.v1.Welcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one stream to a controller, for ever, beginning with any of them and going on to the next
 * when one fails: dials, says hello, takes what comes one message at a time, acks what runs and
 * nacks what cannot. Confined to the control thread, on which gRPC calls back too, so nothing here
 * is locked. At most one message is asked for at a time, so a slow swap holds the controller back
 * instead of filling memory.
 *
 * <p>A nack whose violation names neither resource nor field asks for a whole snapshot; one that
 * was overtaken names the field "revision" or "epoch" and no resource.
 */
public final class ControlStream {
  private static final Logger log = LoggerFactory.getLogger(ControlStream.class);

  private static final Duration KEEPALIVE = Duration.ofSeconds(10);
  private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration WELCOME_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration REFUSED_RETRY = Duration.ofSeconds(5);
  private static final Duration STABLE = Duration.ofSeconds(5);
  // 4,096 endpoints take some 120 KB.
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final List<HostPort> controllers;
  private final Optional<SslContext> tls;
  private final Identity identity;
  private final RunningConfig config;
  private final ScheduledExecutorService control;
  private final RandomGenerator random;
  private final Listener listener;
  private final Backoff dialing;
  private final Backoff nacking;

  /** Which of the controllers is dialled next. */
  private int next;

  private @Nullable Session session;
  private String trouble = "";
  private boolean closed;

  /** What others learn of the stream, on the control thread. */
  public interface Listener {
    /** After each Welcome; on one stream again when another controller leads, or none does. */
    void connected(Uplink uplink, Welcomed by);

    /** The uplink may have become ready. */
    void writable();

    void disconnected();

    /** What it says of health and of the ring: assignment, verdicts, verify or gossip. */
    void told(ControllerMessage message);

    /** The controller will not have this agent; {@code why} as it put it. */
    void refused(HostPort controller, Status.Code code, String why);
  }

  /** In plaintext. */
  public ControlStream(
      List<HostPort> controllers,
      Identity identity,
      RunningConfig config,
      ScheduledExecutorService control,
      RandomGenerator random,
      Listener listener) {
    this(controllers, Optional.empty(), identity, config, control, random, listener);
  }

  /**
   * @param tls empty: in plaintext
   */
  public ControlStream(
      List<HostPort> controllers,
      Optional<SslContext> tls,
      Identity identity,
      RunningConfig config,
      ScheduledExecutorService control,
      RandomGenerator random,
      Listener listener) {
    this.controllers = List.copyOf(controllers);
    this.next = random.nextInt(controllers.size());
    this.tls = tls;
    this.identity = identity;
    this.config = config;
    this.control = control;
    this.random = random;
    this.listener = listener;
    this.dialing = new Backoff(random);
    this.nacking = new Backoff(random);
  }

  /** Any thread; once. */
  public void start() {
    control.execute(this::dial);
  }

  /** Says goodbye, so that the controller knows at once. Any thread; completes within 2 s. */
  public CompletableFuture<Void> close() {
    return CompletableFuture.supplyAsync(
            () -> {
              closed = true;
              Session last = session;
              session = null;
              return Optional.ofNullable(last);
            },
            control)
        .thenAcceptAsync(last -> last.ifPresent(Session::leave), Thread::startVirtualThread);
  }

  private void dial() {
    if (!closed) {
      session = new Session();
      session.open();
    }
  }

  private ManagedChannel channel(HostPort controller) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(controller.host(), controller.port());
    tls.ifPresentOrElse(builder::sslContext, builder::usePlaintext);
    return builder
        .executor(control)
        .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .disableRetry()
        .build();
  }

  private void redialAfter(Duration delay) {
    if (!closed) {
      var _ = control.schedule(this::dial, delay.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Logged when it is not what was last logged. */
  private boolean isNews(String what) {
    boolean news = !what.equals(trouble);
    trouble = what;
    return news;
  }

  /**
   * One stream, over a channel of its own: a channel that failed has its own idea of when to
   * redial.
   */
  private final class Session
      implements ClientResponseObserver<AgentMessage, ControllerMessage>, Uplink {
    private final HostPort controller = controllers.get(next);
    private final ManagedChannel channel = channel(controller);
    private @Nullable ClientCallStreamObserver<AgentMessage> requests;
    private @Nullable ScheduledFuture<?> welcomeDeadline;
    private String epoch = "";
    private boolean welcomed;
    private long welcomedAt;
    private int nacksInRow;

    void open() {
      FleetServiceGrpc.newStub(channel).connect(this);
      welcomeDeadline =
          control.schedule(
              () -> fail("no answer to hello within " + WELCOME_TIMEOUT.toSeconds() + " s"),
              WELCOME_TIMEOUT.toMillis(),
              TimeUnit.MILLISECONDS);
      send(ControlMessages.hello(identity, config.serving() ? config.held() : Replica.empty()));
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<AgentMessage> stream) {
      requests = stream;
      stream.disableAutoRequestWithInitial(1);
      stream.setOnReadyHandler(() -> {
        if (isCurrent() && welcomed) {
          listener.writable();
        }
      });
    }

    @Override
    public boolean ready() {
      return isCurrent() && requests != null && requests.isReady();
    }

    @Override
    public void send(AgentMessage message) {
      if (isCurrent() && requests != null) {
        requests.onNext(message);
      }
    }

    @Override
    public void onNext(ControllerMessage message) {
      if (!isCurrent()) {
        return;
      }
      switch (message.getMessageCase()) {
        case WELCOME -> welcome(message.getWelcome());
        case SNAPSHOT -> {
          var m = message.getSnapshot();
          take(m.getEpoch(), m.getTerm(), m.getRevision(), () -> config.held().offer(m));
        }
        case DELTA -> {
          var m = message.getDelta();
          take(m.getEpoch(), m.getTerm(), m.getRevision(), () -> config.held().offer(m));
        }
        case ASSIGNMENT, VERDICTS, VERIFY, GOSSIP -> {
          if (welcomed) {
            listener.told(message);
          }
          askForMore();
        }
        case MESSAGE_NOT_SET -> askForMore(); // from a newer controller
      }
    }

    private void welcome(Welcome welcome) {
      cancelWelcomeDeadline();
      welcomed = true;
      welcomedAt = System.nanoTime();
      epoch = welcome.getEpoch();
      trouble = "";
      log.atInfo()
          .addKeyValue("controller", controller)
          .addKeyValue("epoch", epoch)
          .addKeyValue("term", welcome.getTerm())
          .log("connected to the controller");
      listener.connected(
          this, new Welcomed(epoch, welcome.getTerm(), ControlMessages.reportInterval(welcome)));
      askForMore();
    }

    private void take(String itsEpoch, long term, long revision, Supplier<Replica.Outcome> offer) {
      if (!welcomed || !itsEpoch.equals(epoch)) {
        nack(
            itsEpoch,
            term,
            revision,
            List.of(
                ControlMessages.violation(
                    "epoch",
                    welcomed
                        ? "epoch " + itsEpoch + " on a stream that was welcomed by " + epoch
                        : "configuration before Welcome")));
        return;
      }
      switch (offer.get()) {
        case Replica.Outcome.Stale stale ->
            nack(
                itsEpoch,
                term,
                revision,
                List.of(ControlMessages.violation(stale.field(), stale.reason())));
        case Replica.Outcome.Gap gap ->
            nack(itsEpoch, term, revision, List.of(ControlMessages.violation("", gap.reason())));
        case Replica.Outcome.Candidate candidate -> {
          var _ =
              config
                  .run(candidate.next())
                  .thenAccept(refusals -> answer(itsEpoch, term, revision, refusals))
                  .whenComplete(RunningConfig::logBug);
        }
      }
    }

    private void answer(String itsEpoch, long term, long revision, List<Refusal> refusals) {
      if (!refusals.isEmpty()) {
        nack(itsEpoch, term, revision, refusals.stream().map(ControlMessages::violation).toList());
        return;
      }
      nacksInRow = 0;
      nacking.reset();
      log.atInfo()
          .addKeyValue("revision", revision)
          .addKeyValue("term", term)
          .log("running revision");
      send(ControlMessages.ack(itsEpoch, term, revision));
      askForMore();
    }

    private void nack(String itsEpoch, long term, long revision, List<Violation> violations) {
      log.atWarn()
          .addKeyValue("revision", revision)
          .addKeyValue("term", term)
          .addKeyValue("violations", ControlMessages.text(violations))
          .log("refused a revision; running on with what was there");
      send(ControlMessages.nack(itsEpoch, term, revision, violations));
      nacksInRow++;
      if (nacksInRow == 1) {
        askForMore(); // what follows may well be the remedy
      } else {
        // A controller that sends the same again and again must not keep both sides busy.
        var _ = control.schedule(this::askForMore, nacking.next().toNanos(), TimeUnit.NANOSECONDS);
      }
    }

    private void askForMore() {
      if (isCurrent() && requests != null) {
        requests.request(1);
      }
    }

    @Override
    public void onError(Throwable cause) {
      ended(Status.fromThrowable(cause));
    }

    @Override
    public void onCompleted() {
      ended(Status.UNAVAILABLE.withDescription("the controller ended the stream"));
    }

    private void fail(String why) {
      if (isCurrent()) {
        ended(Status.DEADLINE_EXCEEDED.withDescription(why));
      }
    }

    private void ended(Status status) {
      if (!isCurrent()) {
        return;
      }
      session = null;
      // Another one may well serve where this one does not.
      next = (next + 1) % controllers.size();
      cancelWelcomeDeadline();
      channel.shutdownNow();
      if (welcomed) {
        listener.disconnected();
      }
      if (welcomed && System.nanoTime() - welcomedAt > STABLE.toNanos()) {
        dialing.reset();
      }
      switch (status.getCode()) {
        case FAILED_PRECONDITION,
            ALREADY_EXISTS,
            INVALID_ARGUMENT,
            UNAUTHENTICATED,
            PERMISSION_DENIED ->
            refused(status);
        default -> {
          if (isNews(status.getCode().name())) {
            log.atWarn()
                .addKeyValue("controller", controller)
                .addKeyValue("reason", ControlMessages.reason(status))
                .log(
                    welcomed
                        ? "lost the controller; reconnecting"
                        : "cannot reach the controller; trying again");
          }
          redialAfter(dialing.next());
        }
      }
    }

    private void refused(Status status) {
      String why = ControlMessages.reason(status);
      if (isNews(why)) {
        log.atError()
            .addKeyValue("controller", controller)
            .addKeyValue("reason", why)
            .log("the controller refuses this agent; trying again now and then");
      }
      // Jitter, because a whole fleet may be refused at once.
      redialAfter(REFUSED_RETRY.plusMillis(random.nextInt(500)));
      listener.refused(controller, status.getCode(), why);
    }

    /** Blocks for up to 2 s. The session is no longer current. */
    void leave() {
      ClientCallStreamObserver<AgentMessage> stream = requests;
      control.execute(() -> {
        cancelWelcomeDeadline();
        if (stream != null) {
          stream.onCompleted();
        }
        channel.shutdown();
      });
      try {
        if (!channel.awaitTermination(1, TimeUnit.SECONDS)) {
          channel.shutdownNow();
          channel.awaitTermination(1, TimeUnit.SECONDS);
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }

    private boolean isCurrent() {
      return session == this;
    }

    private void cancelWelcomeDeadline() {
      if (welcomeDeadline != null) {
        welcomeDeadline.cancel(false);
      }
    }
  }
}
