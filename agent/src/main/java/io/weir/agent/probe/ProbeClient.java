package io.weir.agent.probe;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.probe.ProbeResult.Failed;
import java.time.Duration;

/** Asks an endpoint once whether it is well. For one event loop. */
final class ProbeClient {
  private final Vertx vertx;
  private final Context context;
  private final HttpProbes http;
  private final TcpProbes tcp;
  private final GrpcProbes grpc = new GrpcProbes();
  private final IcmpProbes icmp;
  private final ExecProbes exec = new ExecProbes();

  /** One kind's way to ask. */
  interface Kind<P extends Probe> {
    /** Completes {@code result} on any thread, once or more often, or leaves it to the timeout. */
    void probe(Endpoint endpoint, P probe, Duration timeout, Answer result);
  }

  /** Takes the first outcome; hears of it itself. */
  interface Answer {
    /** Any thread. */
    void is(ProbeResult outcome);

    /** Runs {@code work} on the event loop once it is decided, by whomever. */
    void whenDecided(Runnable work);

    boolean isDecided();
  }

  /**
   * @param context the event loop
   */
  ProbeClient(Vertx vertx, Context context) {
    this.vertx = vertx;
    this.context = context;
    http = new HttpProbes(vertx);
    tcp = new TcpProbes(vertx);
    icmp = new IcmpProbes(vertx);
  }

  /** Completes within the check's timeout, whatever the endpoint does; fails never. */
  Future<ProbeResult> probe(Endpoint endpoint, HealthCheck check) {
    Promise<ProbeResult> result = Promise.promise();
    Failed late = new Failed(Failures.late(check.timeout()));
    long timer = vertx.setTimer(check.timeout().toMillis(), _ -> result.tryComplete(late));
    Answer answer = new LoopAnswer(context, result);
    switch (check.probe()) {
      case Probe.Http probe -> http.probe(endpoint, probe, check.timeout(), answer);
      case Probe.Tcp probe -> tcp.probe(endpoint, probe, check.timeout(), answer);
      case Probe.Grpc probe -> grpc.probe(endpoint, probe, check.timeout(), answer);
      case Probe.Icmp probe -> icmp.probe(endpoint, probe, check.timeout(), answer);
      case Probe.Exec probe -> exec.probe(endpoint, probe, check.timeout(), answer);
    }
    return result.future().onComplete(_ -> vertx.cancelTimer(timer));
  }

  Future<Void> close() {
    icmp.close();
    return Future.join(http.close(), tcp.close()).mapEmpty();
  }

  private record LoopAnswer(Context context, Promise<ProbeResult> result) implements Answer {
    @Override
    public void is(ProbeResult outcome) {
      context.runOnContext(_ -> result.tryComplete(outcome));
    }

    @Override
    public void whenDecided(Runnable work) {
      result.future().onComplete(_ -> work.run());
    }

    @Override
    public boolean isDecided() {
      return result.future().isComplete();
    }
  }
}
