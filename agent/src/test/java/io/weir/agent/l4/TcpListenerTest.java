package io.weir.agent.l4;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.agent.l4.RunningListener.Transport;
import io.weir.agent.model.Circuit;
import io.weir.agent.model.Outliers;
import io.weir.agent.model.Pool;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Replay the random one with {@code -Dweir.seed=N}. */
class TcpListenerTest {
  private static final int MIB = 1 << 20;

  private final long seed = Long.getLong("weir.seed", System.nanoTime());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
    threads.shutdownNow();
  }

  private <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  private RunningListener on(Transport transport) {
    return closing(new RunningListener(transport));
  }

  private TcpOrigin origin(TcpOrigin.Behaviour behaviour) throws IOException {
    return closing(new TcpOrigin(behaviour));
  }

  private Socket connect(RunningListener running) throws IOException {
    Socket socket = closing(new Socket());
    socket.connect(running.address(), 5_000);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static String hear(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), US_ASCII);
  }

  private static String hearAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Sends that many bytes made from the seed; their checksum. */
  private static long send(OutputStream to, long seed, long bytes) throws IOException {
    CRC32C sum = new CRC32C();
    Random random = new Random(seed);
    byte[] buffer = new byte[64 << 10];
    for (long left = bytes; left > 0; ) {
      random.nextBytes(buffer);
      int now = (int) Math.min(left, buffer.length);
      to.write(buffer, 0, now);
      sum.update(buffer, 0, now);
      left -= now;
    }
    return sum.getValue();
  }

  /** Reads to the end; the checksum. */
  private static long receive(InputStream from, AtomicLong count) throws IOException {
    CRC32C sum = new CRC32C();
    byte[] buffer = new byte[64 << 10];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      sum.update(buffer, 0, n);
      count.addAndGet(n);
    }
    return sum.getValue();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource
  void hundredMebibytesGoEachWayIntact(Transport transport) throws Exception {
    BlockingQueue<Long> sums = new LinkedBlockingQueue<>();
    AtomicLong there = new AtomicLong();
    AtomicLong back = new AtomicLong();
    TcpOrigin origin =
        origin(connection -> {
          Future<Long> sent =
              threads.submit(() -> {
                long sum = send(connection.getOutputStream(), 1, 100L * MIB);
                connection.shutdownOutput();
                return sum;
              });
          sums.add(receive(connection.getInputStream(), there));
          try {
            sums.add(get(sent));
          } catch (Exception failure) {
            throw new IOException(failure);
          }
        });
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    Future<Long> sent =
        threads.submit(() -> {
          long sum = send(client.getOutputStream(), 2, 100L * MIB);
          client.shutdownOutput();
          return sum;
        });
    long received = receive(client.getInputStream(), back);
    assertThat(sums.poll(60, TimeUnit.SECONDS)).isEqualTo(get(sent));
    assertThat(sums.poll(60, TimeUnit.SECONDS)).isEqualTo(received);
    assertThat(there).hasValue(100L * MIB);
    assertThat(back).hasValue(100L * MIB);
    FlowRecord record = running.record();
    assertThat(record.received()).isEqualTo(100L * MIB);
    assertThat(record.sent()).isEqualTo(100L * MIB);
    assertThat(record.outcome()).isEqualTo(Outcome.FINISHED);
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatHasFinishedStillHearsTheAnswer(Transport transport) throws Exception {
    TcpOrigin origin = origin(connection -> say(connection, "you said " + hearAll(connection)));
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    say(client, "ask");
    client.shutdownOutput();
    assertThat(hearAll(client)).isEqualTo("you said ask");
    FlowRecord record = running.record();
    assertThat(record.protocol()).isEqualTo(FlowRecord.Protocol.TCP);
    assertThat(record.listener()).isEqualTo("l");
    assertThat(record.client()).isEqualTo("127.0.0.1");
    assertThat(record.pool()).isEqualTo("p");
    assertThat(record.endpoint()).isEqualTo(origin.address());
    assertThat(record.attempts()).isEqualTo(1);
    assertThat(record.received()).isEqualTo(3);
    assertThat(record.sent()).isEqualTo(12);
    assertThat(record.connectNanos()).isPositive().isLessThanOrEqualTo(record.durationNanos());
    assertThat(running.state(origin.address()).requests()).isEqualTo(1);
    assertThat(running.state(origin.address()).failures()).isZero();
    assertThat(running.state(origin.address()).inFlight()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void anEndpointThatHasFinishedStillHearsTheClient(Transport transport) throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    TcpOrigin origin =
        origin(connection -> {
          say(connection, "hello");
          connection.shutdownOutput();
          heard.add(hearAll(connection));
        });
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    assertThat(hearAll(client)).isEqualTo("hello");
    say(client, "late");
    client.shutdownOutput();
    assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("late");
    assertThat(running.record().outcome()).isEqualTo(Outcome.FINISHED);
  }

  @ParameterizedTest
  @EnumSource
  void aClientsResetIsTheEndpointsReset(Transport transport) throws Exception {
    BlockingQueue<Throwable> ends = new LinkedBlockingQueue<>();
    TcpOrigin origin =
        origin(connection -> {
          try {
            TcpOrigin.echo(connection);
          } catch (SocketException reset) {
            ends.add(reset);
          }
        });
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    say(client, "x");
    assertThat(hear(client, 1)).isEqualTo("x");
    reset(client);
    assertThat(ends.poll(10, TimeUnit.SECONDS)).hasMessageContaining("reset");
    assertThat(running.record().outcome()).isEqualTo(Outcome.CLIENT_RESET);
    assertThat(running.state(origin.address()).failures()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void anEndpointsResetIsTheClientsReset(Transport transport) throws Exception {
    TcpOrigin origin =
        origin(connection -> {
          say(connection, hear(connection, 1));
          hear(connection, 1);
          reset(connection);
        });
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    say(client, "x");
    assertThat(hear(client, 1)).isEqualTo("x");
    say(client, "y");
    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    assertThat(running.record().outcome()).isEqualTo(Outcome.ENDPOINT_RESET);
    assertThat(running.state(origin.address()).failures()).isEqualTo(1);
  }

  @Test
  void aResetAfterBothHaveFinishedOneWayIsSeen() throws Exception {
    BlockingQueue<Socket> connections = new LinkedBlockingQueue<>();
    TcpOrigin origin =
        origin(connection -> {
          assertThat(hearAll(connection)).isEqualTo("ask");
          connections.add(connection);
          Awaitility.await().until(connection::isClosed);
        });
    RunningListener running = on(Transport.SPLICE);
    running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    say(client, "ask");
    client.shutdownOutput();
    reset(connections.take());
    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    assertThat(running.record().outcome()).isEqualTo(Outcome.ENDPOINT_RESET);
  }

  @Test
  void whatCameBeforeAResetArrives() throws Exception {
    TcpOrigin origin =
        origin(connection -> {
          hear(connection, 1);
          say(connection, "a".repeat(100_000));
          reset(connection);
        });
    RunningListener running = on(Transport.SPLICE);
    running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    say(client, "x");
    assertThat(hear(client, 100_000)).hasSize(100_000);
    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  @ParameterizedTest
  @EnumSource
  void aReaderThatStallsHoldsTheEndpointBack(Transport transport) throws Exception {
    AtomicLong written = new AtomicLong();
    byte[] piece = new byte[64 << 10];
    int pieces = 2_000;
    TcpOrigin origin =
        origin(connection -> {
          for (int i = 0; i < pieces; i++) {
            connection.getOutputStream().write(piece);
            written.addAndGet(piece.length);
          }
        });
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    AtomicLong before = new AtomicLong(-1);
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .pollInterval(300, TimeUnit.MILLISECONDS)
        .until(() -> before.getAndSet(written.get()) == written.get() && written.get() > 0);
    // The kernel's buffers on the way, no more.
    assertThat(written.get()).isLessThan(40L * MIB);
    AtomicLong received = new AtomicLong();
    receive(client.getInputStream(), received);
    assertThat(received).hasValue((long) pieces * piece.length);
  }

  @ParameterizedTest
  @EnumSource
  void anEndpointThatRefusesIsReplacedWhileTheClientsBytesWait(Transport transport)
      throws Exception {
    TcpOrigin origin = origin(TcpOrigin::echo);
    RunningListener running = on(transport);
    String refusing = "127.0.0.1:9";
    running.tcp(RunningListener.pool(1, refusing, origin.address()));
    for (int i = 0; i < 8; i++) {
      Socket client = connect(running);
      say(client, "early");
      client.shutdownOutput();
      assertThat(hearAll(client)).isEqualTo("early");
    }
    for (int i = 0; i < 8; i++) {
      FlowRecord record = running.record();
      assertThat(record.endpoint()).isEqualTo(origin.address());
      assertThat(record.outcome()).isEqualTo(Outcome.FINISHED);
    }
    assertThat(running.state(refusing).failures()).isPositive();
    assertThat(running.state(refusing).retries()).isEqualTo(running.state(refusing).failures());
    assertThat(running.state(refusing).inFlight()).isZero();
    assertThat(running.state(origin.address()).requests()).isEqualTo(8);
  }

  /** Perhaps while it is still being told that it is connected. */
  private static void assertIsReset(RunningListener running) throws IOException {
    try (Socket client = new Socket()) {
      assertThatThrownBy(
              () -> {
                client.connect(running.address(), 5_000);
                assertThat(client.getInputStream().read()).isNegative();
              })
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenNoEndpointCanBeReachedTheClientIsReset(Transport transport) throws Exception {
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(1, "127.0.0.1:9"));
    assertIsReset(running);
    FlowRecord record = running.record();
    assertThat(record.outcome()).isEqualTo(Outcome.CONNECT_REFUSED);
    assertThat(record.attempts()).isEqualTo(2);
    assertThat(record.connectNanos()).isNegative();
  }

  @ParameterizedTest
  @EnumSource
  void aNameWithoutAddressIsAnEndpointThatCannotBeReached(Transport transport) throws Exception {
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, "nowhere.invalid:80"));
    assertIsReset(running);
    assertThat(running.record().outcome()).isEqualTo(Outcome.CONNECT_FAILED);
  }

  @ParameterizedTest
  @EnumSource
  void aNameIsLookedUp(Transport transport) throws Exception {
    TcpOrigin origin = origin(TcpOrigin::echo);
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, origin.address().replace("127.0.0.1", "localhost")));
    Socket client = connect(running);
    say(client, "x");
    assertThat(hear(client, 1)).isEqualTo("x");
  }

  @ParameterizedTest
  @EnumSource
  void anEndpointThatDoesNotAcceptInTimeIsGivenUp(Transport transport) throws Exception {
    ServerSocket deaf = closing(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    fill(deaf);
    RunningListener running = on(transport);
    running.tcp(
        RunningListener.pool(Duration.ofMillis(200), 0, "127.0.0.1:" + deaf.getLocalPort()));
    Socket client = connect(running);
    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    FlowRecord record = running.record();
    assertThat(record.outcome()).isEqualTo(Outcome.CONNECT_TIMEOUT);
    assertThat(Duration.ofNanos(record.durationNanos())).isGreaterThan(Duration.ofMillis(190));
  }

  /** So that it answers no further SYN. */
  private void fill(ServerSocket deaf) throws IOException {
    for (int i = 0; i < 100; i++) {
      Socket filler = closing(new Socket());
      try {
        filler.connect(deaf.getLocalSocketAddress(), 200);
      } catch (SocketTimeoutException full) {
        return;
      }
    }
    throw new AssertionError("it takes any number");
  }

  /** NIO says nothing of a connection that is not read. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NIO")
  void aClientThatLeavesBeforeThereIsAnEndpointIsForgotten(Transport transport) throws Exception {
    ServerSocket deaf = closing(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    fill(deaf);
    RunningListener running = on(transport);
    String address = "127.0.0.1:" + deaf.getLocalPort();
    running.tcp(RunningListener.pool(RunningListener.PATIENT, 0, address));
    Socket client = connect(running);
    Awaitility.await().until(() -> running.state(address).inFlight() == 1);
    reset(client);
    assertThat(running.record().outcome()).isEqualTo(Outcome.CLIENT_RESET);
    assertThat(running.state(address).failures()).isZero();
    assertThat(running.state(address).inFlight()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void moreConnectionsThanThePoolMayHaveAreCutOff(Transport transport) throws Exception {
    TcpOrigin origin = origin(TcpOrigin::echo);
    RunningListener running = on(transport);
    Pool plain = RunningListener.pool(2, origin.address());
    running.tcp(
        new Pool(
            "p",
            plain.endpoints(),
            plain.balance(),
            plain.steering(),
            plain.health(),
            plain.timeouts(),
            plain.retries(),
            Outliers.USUAL,
            new Circuit(1, 0, 0, 0, Circuit.USUAL.retries())));
    Socket first = connect(running);
    say(first, "x");
    assertThat(hear(first, 1)).isEqualTo("x");
    assertIsReset(running);
    assertThat(running.record().outcome()).isEqualTo(Outcome.OVERFLOW);
    first.close();
    assertThat(running.record().outcome()).isEqualTo(Outcome.FINISHED);
    Socket next = connect(running);
    say(next, "y");
    assertThat(hear(next, 1)).isEqualTo("y");
    assertThat(running.state(origin.address()).connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void aPoolWithoutUsableEndpointTakesNoConnection(Transport transport) throws Exception {
    TcpOrigin origin = origin(TcpOrigin::echo);
    RunningListener running = on(transport);
    Pool pool = RunningListener.pool(2, origin.address());
    TcpListener listener = running.tcp(pool);
    Socket before = connect(running);
    say(before, "x");
    assertThat(hear(before, 1)).isEqualTo("x");
    Pool drained =
        new Pool(
            "p",
            List.of(RunningListener.endpoint(origin.address(), true)),
            pool.balance(),
            pool.health(),
            pool.timeouts(),
            pool.retries());
    listener.serve(running.target(drained, RunningListener.PATIENT));
    assertIsReset(running);
    FlowRecord record = running.record();
    assertThat(record.outcome()).isEqualTo(Outcome.NO_ENDPOINT);
    assertThat(record.attempts()).isZero();
    assertThat(record.endpoint()).isNull();
    say(before, "y");
    assertThat(hear(before, 1)).isEqualTo("y");
  }

  private static boolean saysNothing(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() == -2; // neither a byte nor the end
    } catch (SocketTimeoutException nothing) {
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSilentConnectionEndsAndOneThatSpeaksDoesNot(Transport transport) throws Exception {
    TcpOrigin origin = origin(TcpOrigin::echo);
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(0, origin.address()), Duration.ofMillis(600));
    Socket silent = connect(running);
    Socket speaking = connect(running);
    silent.setSoTimeout(50);
    assertThatThrownBy(
            () -> {
              do {
                say(speaking, "x");
                assertThat(hear(speaking, 1)).isEqualTo("x");
              } while (saysNothing(silent));
            })
        .isInstanceOf(SocketException.class);
    FlowRecord record = running.record();
    assertThat(record.outcome()).isEqualTo(Outcome.IDLE);
    assertThat(Duration.ofNanos(record.durationNanos())).isGreaterThan(Duration.ofMillis(590));
    say(speaking, "x");
    assertThat(hear(speaking, 1)).isEqualTo("x");
  }

  @ParameterizedTest
  @EnumSource
  void aListenerThatStopsLetsItsConnectionsFinish(Transport transport) throws Exception {
    TcpOrigin origin = origin(TcpOrigin::echo);
    RunningListener running = on(transport);
    TcpListener listener = running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    say(client, "x");
    assertThat(hear(client, 1)).isEqualTo("x");
    io.vertx.core.Future<Void> stopped = listener.stop(RunningListener.PATIENT);
    Awaitility.await()
        .until(() -> {
          try (Socket late = new Socket()) {
            late.connect(running.address(), 1_000);
            return false;
          } catch (ConnectException refused) {
            return true;
          }
        });
    say(client, "y");
    assertThat(hear(client, 1)).isEqualTo("y");
    assertThat(stopped.isComplete()).isFalse();
    client.shutdownOutput();
    assertThat(hearAll(client)).isEmpty();
    RunningListener.await(stopped);
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatOutlastsTheTimeToFinishIsCutOff(Transport transport) throws Exception {
    TcpOrigin origin = origin(TcpOrigin::echo);
    RunningListener running = on(transport);
    TcpListener listener = running.tcp(RunningListener.pool(0, origin.address()));
    Socket client = connect(running);
    say(client, "x");
    assertThat(hear(client, 1)).isEqualTo("x");
    RunningListener.await(listener.stop(Duration.ofMillis(100)));
    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    assertThat(running.record().outcome()).isEqualTo(Outcome.DRAINED);
  }

  @ParameterizedTest
  @EnumSource
  void anAddressThatIsTakenIsNotShared(Transport transport) throws Exception {
    RunningListener running = on(transport);
    closing(new ServerSocket(running.port, 1, InetAddress.getLoopbackAddress()));
    assertThatThrownBy(() -> running.tcp(RunningListener.pool(0, "127.0.0.1:9")))
        .hasStackTraceContaining("ddress already in use");
  }

  @ParameterizedTest
  @EnumSource
  void connectionsOfAllKindsAtOnceGetWhatIsTheirsAndLeaveNothingOpen(Transport transport)
      throws Exception {
    TcpOrigin origin = origin(TcpOrigin::echo);
    RunningListener running = on(transport);
    running.tcp(RunningListener.pool(2, "127.0.0.1:9", origin.address()));
    Random random = new Random(seed);
    exchange(running, random.nextLong(), 1_000);
    int before = descriptors();
    List<Future<?>> all = new ArrayList<>();
    int count = 200;
    for (int i = 0; i < count; i++) {
      long own = random.nextLong();
      long bytes = i % 10 == 0 ? random.nextInt(4 * MIB) : random.nextInt(20_000);
      boolean leaves = i % 7 == 0;
      Callable<Void> task =
          leaves
              ? () -> {
                try (Socket client = new Socket()) {
                  client.connect(running.address(), 10_000);
                  client.getOutputStream().write(new byte[(int) (bytes % 1_000)]);
                  reset(client);
                }
                return null;
              }
              : () -> {
                exchange(running, own, bytes);
                return null;
              };
      all.add(threads.submit(task));
    }
    for (Future<?> one : all) {
      get(one);
    }
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> running.records.size() == count + 1);
    assertThat(running.state(origin.address()).inFlight()).isZero();
    // Pipes are kept for the next ones.
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> descriptors() <= before + 2 * 2 * 32);
    assertThat(origin.failures).as("seed %d", seed).allMatch(SocketException.class::isInstance);
  }

  private void exchange(RunningListener running, long own, long bytes) throws Exception {
    try (Socket client = new Socket()) {
      client.connect(running.address(), 10_000);
      client.setSoTimeout(30_000);
      Future<Long> sent =
          threads.submit(() -> {
            long sum = send(client.getOutputStream(), own, bytes);
            client.shutdownOutput();
            return sum;
          });
      AtomicLong count = new AtomicLong();
      long sum = receive(client.getInputStream(), count);
      assertThat(count).as("seed %d", seed).hasValue(bytes);
      assertThat(sum).as("seed %d", seed).isEqualTo(get(sent));
    }
  }

  private static int descriptors() {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }
}
