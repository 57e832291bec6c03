package io.weir.e2e.chaos;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.weir.agent.control.Replica;
import io.weir.e2e.chaos.History.Sighting;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.Hello;
import io.weir.v1.Nack;
import io.weir.v1.Resource;
import io.weir.v1.Violation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An agent that serves nothing: it takes what any controller sends it, over a real stream, records
 * each revision that it is sent, and acks. Confined to one thread, which all agents share.
 */
final class LightAgent {
  private static final long KEEPALIVE_SECONDS = 6;
  private static final long MOST_PAUSE_MILLIS = 1_000;

  private final int number;
  private final List<String> controllers;
  private final Recorder recorder;
  private final ScheduledExecutorService thread;
  private final RandomGenerator random;
  private Replica held = Replica.empty();
  private @Nullable Session session;
  private boolean closed;

  LightAgent(
      int number,
      List<String> controllers,
      Recorder recorder,
      ScheduledExecutorService thread,
      RandomGenerator random) {
    this.number = number;
    this.controllers = controllers;
    this.recorder = recorder;
    this.thread = thread;
    this.random = random;
  }

  String name() {
    return "agent-" + number;
  }

  void start() {
    thread.execute(this::dial);
  }

  private void dial() {
    if (!closed) {
      Session next = new Session(controllers.get(random.nextInt(controllers.size())));
      session = next;
      next.open();
    }
  }

  void close() {
    closed = true;
    if (session != null) {
      session.channel.shutdownNow();
    }
  }

  /** By pool: the address that it holds. */
  Map<String, String> pools() {
    Map<String, String> pools = new TreeMap<>();
    for (Resource resource : held.resources().values()) {
      if (resource.hasPool()) {
        pools.put(
            resource.getMetadata().getName(),
            resource.getPool().getSpec().getEndpoints(0).getAddress());
      }
    }
    return pools;
  }

  private long hash() {
    long hash = 17;
    for (Resource resource : held.resources().values()) {
      hash = 31 * hash + resource.toByteString().hashCode();
    }
    return hash == 0 ? 1 : hash;
  }

  private final class Session implements StreamObserver<ControllerMessage> {
    private final ManagedChannel channel;
    private @Nullable StreamObserver<AgentMessage> requests;

    Session(String controller) {
      channel =
          NettyChannelBuilder.forTarget("dns:///" + controller)
              .usePlaintext()
              .executor(thread)
              .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
              .keepAliveTimeout(2, TimeUnit.SECONDS)
              .disableRetry()
              .build();
    }

    void open() {
      StreamObserver<AgentMessage> to = FleetServiceGrpc.newStub(channel).connect(this);
      requests = to;
      to.onNext(
          AgentMessage.newBuilder()
              .setHello(
                  Hello.newBuilder()
                      .setCluster("default")
                      .setAgent(name())
                      .setInstance("i" + number)
                      .setVersion("chaos")
                      .putLabels("tier", "chaos")
                      .setEpoch(held.epoch())
                      .setRevision(held.revision())
                      .setScope(held.scope()))
              .build());
    }

    @Override
    public void onNext(ControllerMessage message) {
      if (session != this) {
        return;
      }
      switch (message.getMessageCase()) {
        case SNAPSHOT -> {
          var m = message.getSnapshot();
          take(m.getEpoch(), m.getTerm(), m.getRevision(), held.offer(m));
        }
        case DELTA -> {
          var m = message.getDelta();
          take(m.getEpoch(), m.getTerm(), m.getRevision(), held.offer(m));
        }
        case WELCOME, ASSIGNMENT, VERDICTS, VERIFY, GOSSIP, MESSAGE_NOT_SET -> {}
      }
    }

    private void take(String epoch, long term, long revision, Replica.Outcome outcome) {
      AgentMessage.Builder answer = AgentMessage.newBuilder();
      long content = 0;
      switch (outcome) {
        case Replica.Outcome.Candidate candidate -> {
          held = candidate.next();
          content = hash();
          answer.setAck(Ack.newBuilder().setEpoch(epoch).setTerm(term).setRevision(revision));
        }
        case Replica.Outcome.Stale stale ->
            answer.setNack(nack(epoch, term, revision, stale.field(), stale.reason()));
        case Replica.Outcome.Gap gap ->
            answer.setNack(nack(epoch, term, revision, "", gap.reason()));
      }
      recorder.saw(new Sighting(number, epoch, revision, content));
      if (requests != null) {
        requests.onNext(answer.build());
      }
    }

    private static Nack nack(String epoch, long term, long revision, String field, String reason) {
      return Nack.newBuilder()
          .setEpoch(epoch)
          .setTerm(term)
          .setRevision(revision)
          .addViolations(Violation.newBuilder().setField(field).setReason(reason))
          .build();
    }

    @Override
    public void onError(Throwable cause) {
      ended();
    }

    @Override
    public void onCompleted() {
      ended();
    }

    private void ended() {
      channel.shutdownNow();
      if (session == this && !closed) {
        session = null;
        var _ =
            thread.schedule(
                LightAgent.this::dial, random.nextLong(MOST_PAUSE_MILLIS), TimeUnit.MILLISECONDS);
      }
    }
  }
}
