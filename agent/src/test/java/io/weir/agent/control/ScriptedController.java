package io.weir.agent.control;

import com.google.protobuf.Duration;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Delta;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.Snapshot;
import io.weir.v1.Welcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A real gRPC server on loopback that does what a test says and hands over what agents say. */
public final class ScriptedController implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final BlockingQueue<Stream> streams;
  private final Server server;
  private final int port;

  private ScriptedController(BlockingQueue<Stream> streams, Server server) {
    this.streams = streams;
    this.server = server;
    this.port = server.getPort();
  }

  /** On a free port. */
  public static ScriptedController start() {
    return start(0);
  }

  public static ScriptedController start(int port) {
    BlockingQueue<Stream> streams = new LinkedBlockingQueue<>();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .addService(new Service(streams))
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ScriptedController(streams, server);
  }

  /** Also once it is closed. */
  public HostPort address() {
    return new HostPort("127.0.0.1", port);
  }

  /** The next stream that an agent opens. */
  public Stream accept() {
    return next(streams, "no agent dialled");
  }

  /** Cuts every connection. */
  @Override
  public void close() {
    try {
      server.shutdownNow().awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T next(BlockingQueue<T> queue, String otherwise) {
    try {
      T item = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (item == null) {
        throw new AssertionError(otherwise + " within " + PATIENCE_SECONDS + " s");
      }
      return item;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static final class Service extends FleetServiceGrpc.FleetServiceImplBase {
    private final BlockingQueue<Stream> streams;

    Service(BlockingQueue<Stream> streams) {
      this.streams = streams;
    }

    @Override
    public StreamObserver<AgentMessage> connect(StreamObserver<ControllerMessage> responses) {
      Stream stream = new Stream(responses);
      streams.add(stream);
      return stream.received();
    }
  }

  /** One agent's stream. */
  public static final class Stream {
    private final StreamObserver<ControllerMessage> responses;
    private final BlockingQueue<AgentMessage> messages = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

    private Stream(StreamObserver<ControllerMessage> responses) {
      this.responses = responses;
    }

    private StreamObserver<AgentMessage> received() {
      return new StreamObserver<>() {
        @Override
        public void onNext(AgentMessage message) {
          messages.add(message);
        }

        @Override
        public void onError(Throwable t) {
          ends.add(t.toString());
        }

        @Override
        public void onCompleted() {
          ends.add("completed");
          responses.onCompleted();
        }
      };
    }

    /** The next message that satisfies {@code wanted}; those before it are passed over. */
    public AgentMessage next(Predicate<AgentMessage> wanted) {
      AgentMessage message = ScriptedController.next(messages, "no message");
      while (!wanted.test(message)) {
        message = ScriptedController.next(messages, "no such message");
      }
      return message;
    }

    /** The next ack or nack. */
    public AgentMessage answer() {
      return next(m -> m.hasAck() || m.hasNack());
    }

    public io.weir.v1.Hello hello() {
      return next(AgentMessage::hasHello).getHello();
    }

    /** Whether anything has come that was not asked for by {@link #next}. */
    public boolean isQuiet(Predicate<AgentMessage> about) {
      return messages.stream().noneMatch(about);
    }

    /** How the agent ended the stream. */
    public String end() {
      return ScriptedController.next(ends, "the stream did not end");
    }

    public Stream welcome(String epoch, long term) {
      return welcome(epoch, term, 60_000);
    }

    public Stream welcome(String epoch, long term, long reportMillis) {
      return send(
          ControllerMessage.newBuilder()
              .setWelcome(
                  Welcome.newBuilder()
                      .setEpoch(epoch)
                      .setTerm(term)
                      .setReportInterval(
                          Duration.newBuilder()
                              .setSeconds(reportMillis / 1_000)
                              .setNanos((int) (reportMillis % 1_000) * 1_000_000))));
    }

    public Stream send(Snapshot snapshot) {
      return send(ControllerMessage.newBuilder().setSnapshot(snapshot));
    }

    public Stream send(Delta delta) {
      return send(ControllerMessage.newBuilder().setDelta(delta));
    }

    public Stream send(ControllerMessage.Builder message) {
      responses.onNext(message.build());
      return this;
    }

    public void end(Status status) {
      responses.onError(status.asRuntimeException());
    }
  }
}
