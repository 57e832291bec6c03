package io.weir.agent.l4;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.agent.l4.RunningListener.Transport;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Steering;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UdpListenerTest {
  private static final Duration BRIEF = Duration.ofMillis(300);

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  private <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  private RunningListener on(Transport transport) {
    return closing(new RunningListener(transport));
  }

  /** Says back what it hears, behind its name. */
  private String origin(String name) throws IOException {
    DatagramSocket socket = closing(new DatagramSocket(0, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual()
        .start(() -> {
          byte[] buffer = new byte[65_535];
          while (true) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            try {
              socket.receive(packet);
              byte[] answer =
                  (name + new String(buffer, 0, packet.getLength(), US_ASCII)).getBytes(US_ASCII);
              socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException closed) {
              return;
            }
          }
        });
    return "127.0.0.1:" + socket.getLocalPort();
  }

  private DatagramSocket client(RunningListener running) throws IOException {
    DatagramSocket socket =
        closing(new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    socket.connect(running.address());
    socket.setSoTimeout(5_000);
    return socket;
  }

  private static void say(DatagramSocket socket, String text) throws IOException {
    byte[] bytes = text.getBytes(US_ASCII);
    socket.send(new DatagramPacket(bytes, bytes.length));
  }

  private static String hear(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    socket.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
  }

  private static String ask(DatagramSocket socket, String text) throws IOException {
    say(socket, text);
    return hear(socket);
  }

  private static boolean hearsNothing(DatagramSocket socket) throws IOException {
    socket.setSoTimeout(200);
    try {
      hear(socket);
      return false;
    } catch (SocketTimeoutException nothing) {
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void aClientStaysWithOneEndpointAndClientsAreSharedOut(Transport transport) throws Exception {
    RunningListener running = closing(new RunningListener(transport, 1));
    running.udp(RunningListener.pool(0, origin("a"), origin("b")), RunningListener.PATIENT, 10);
    DatagramSocket one = client(running);
    DatagramSocket two = client(running);
    String first = ask(one, "?").substring(0, 1);
    String second = ask(two, "?").substring(0, 1);
    assertThat(first).isNotEqualTo(second);
    for (int i = 0; i < 20; i++) {
      assertThat(ask(one, "x" + i)).isEqualTo(first + "x" + i);
      assertThat(ask(two, "y" + i)).isEqualTo(second + "y" + i);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void clientsOfAllLoopsAreAnswered(Transport transport) throws Exception {
    RunningListener running = on(transport);
    running.udp(RunningListener.pool(0, origin("a")), RunningListener.PATIENT, 100);
    for (int i = 0; i < 50; i++) {
      assertThat(ask(client(running), "x" + i)).isEqualTo("ax" + i);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void aFlowThatIsIdleEndsInOneRecord(Transport transport) throws Exception {
    RunningListener running = on(transport);
    String origin = origin("a");
    running.udp(RunningListener.pool(0, origin), BRIEF, 10);
    DatagramSocket client = client(running);
    assertThat(ask(client, "12")).isEqualTo("a12");
    assertThat(ask(client, "345")).isEqualTo("a345");
    FlowRecord record = running.record();
    assertThat(record.protocol()).isEqualTo(FlowRecord.Protocol.UDP);
    assertThat(record.listener()).isEqualTo("l");
    assertThat(record.client()).isEqualTo("127.0.0.1");
    assertThat(record.endpoint()).isEqualTo(origin);
    assertThat(record.received()).isEqualTo(5);
    assertThat(record.sent()).isEqualTo(7);
    assertThat(record.attempts()).isEqualTo(1);
    assertThat(record.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(Duration.ofNanos(record.durationNanos())).isGreaterThanOrEqualTo(BRIEF);
    assertThat(running.state(origin).inFlight()).isZero();
    assertThat(running.state(origin).failures()).isZero();
    assertThat(ask(client, "again")).isEqualTo("aagain");
    assertThat(running.record().received()).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void newClientsBeyondTheMostFlowsAreDroppedAndCounted(Transport transport) throws Exception {
    RunningListener running = on(transport);
    UdpListener listener =
        running.udp(RunningListener.pool(0, origin("a")), Duration.ofSeconds(2), 2);
    DatagramSocket one = client(running);
    DatagramSocket two = client(running);
    DatagramSocket three = client(running);
    assertThat(ask(one, "1")).isEqualTo("a1");
    assertThat(ask(two, "2")).isEqualTo("a2");
    say(three, "3");
    assertThat(hearsNothing(three)).isTrue();
    assertThat(listener.dropped()).isEqualTo(1);
    assertThat(ask(one, "1")).isEqualTo("a1");
    assertThat(ask(two, "2")).isEqualTo("a2");
    running.record();
    three.setSoTimeout(5_000);
    assertThat(ask(three, "3")).isEqualTo("a3");
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void aFlowMovesOnFromAnEndpointThatIsNotThere(Transport transport) throws Exception {
    RunningListener running = closing(new RunningListener(transport, 1));
    String refusing = "127.0.0.1:9";
    running.udp(RunningListener.pool(1, refusing, origin("a")), RunningListener.PATIENT, 10);
    DatagramSocket client = client(running);
    say(client, "lost");
    Awaitility.await().until(() -> running.state(refusing).failures() == 1);
    assertThat(ask(client, "x")).isEqualTo("ax");
    assertThat(running.state(refusing).retries()).isEqualTo(1);
    assertThat(running.state(refusing).inFlight()).isZero();
    assertThat(running.records).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void aFlowLeavesAnEndpointThatIsUnhealthyIfThereIsAnother(Transport transport) throws Exception {
    RunningListener running = closing(new RunningListener(transport, 1));
    String a = origin("a");
    String b = origin("b");
    running.udp(RunningListener.pool(0, a, b), RunningListener.PATIENT, 10);
    DatagramSocket client = client(running);
    assertThat(ask(client, "1")).isEqualTo("a1");
    running.state(a).health(Health.UNHEALTHY);
    assertThat(ask(client, "2")).isEqualTo("b2");
    assertThat(running.state(a).inFlight()).isZero();
    assertThat(running.state(a).failures()).isZero();
    running.state(b).health(Health.UNHEALTHY);
    assertThat(ask(client, "3")).isEqualTo("b3");
    running.state(a).health(Health.HEALTHY);
    assertThat(ask(client, "4")).isEqualTo("a4");
    assertThat(running.records).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void aFlowLeavesAnEndpointThatIsDrainedOrGone(Transport transport) throws Exception {
    RunningListener running = closing(new RunningListener(transport, 1));
    String a = origin("a");
    String b = origin("b");
    Pool pool = RunningListener.pool(0, a, b);
    UdpListener listener = running.udp(pool, RunningListener.PATIENT, 10);
    DatagramSocket client = client(running);
    assertThat(ask(client, "1")).isEqualTo("a1");
    Pool drained =
        new Pool(
            pool.name(),
            List.of(RunningListener.endpoint(a, true), RunningListener.endpoint(b, false)),
            pool.balance(),
            pool.health(),
            pool.timeouts(),
            pool.retries());
    listener.serve(running.target(drained, RunningListener.PATIENT));
    assertThat(ask(client, "2")).isEqualTo("b2");
    listener.serve(running.target(RunningListener.pool(0, a), RunningListener.PATIENT));
    assertThat(ask(client, "3")).isEqualTo("a3");
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void aFlowEndsWhereNoEndpointIsThere(Transport transport) throws Exception {
    RunningListener running = on(transport);
    running.udp(RunningListener.pool(0, "127.0.0.1:9"), RunningListener.PATIENT, 10);
    say(client(running), "lost");
    FlowRecord record = running.record();
    assertThat(record.outcome()).isEqualTo(Outcome.CONNECT_REFUSED);
    assertThat(record.received()).isEqualTo(4);
    assertThat(running.state("127.0.0.1:9").failures()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void aDatagramOfAnySizeStaysWhole(Transport transport) throws Exception {
    RunningListener running = on(transport);
    running.udp(RunningListener.pool(0, origin("a")), RunningListener.PATIENT, 10);
    DatagramSocket client = client(running);
    String large = "x".repeat(60_000);
    assertThat(ask(client, large)).isEqualTo("a" + large);
    String mtu = "y".repeat(1_472);
    assertThat(ask(client, mtu)).isEqualTo("a" + mtu);
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void theFirstDatagramWaitsForTheEndpointsName(Transport transport) throws Exception {
    RunningListener running = on(transport);
    String origin = origin("a").replace("127.0.0.1", "localhost");
    running.udp(RunningListener.pool(0, origin), RunningListener.PATIENT, 10);
    assertThat(ask(client(running), "x")).isEqualTo("ax");
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void aListenerThatStopsEndsItsFlowsAtOnce(Transport transport) throws Exception {
    RunningListener running = on(transport);
    UdpListener listener =
        running.udp(RunningListener.pool(0, origin("a")), RunningListener.PATIENT, 10);
    assertThat(ask(client(running), "x")).isEqualTo("ax");
    RunningListener.await(listener.stop(RunningListener.PATIENT));
    assertThat(running.record().outcome()).isEqualTo(Outcome.DRAINED);
    // NIO gives the address back a moment later.
    Awaitility.await()
        .ignoreExceptionsInstanceOf(BindException.class)
        .until(() -> closing(new DatagramSocket(running.address())).isBound());
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void anAddressThatIsTakenIsNotShared(Transport transport) throws Exception {
    RunningListener running = on(transport);
    closing(new DatagramSocket(running.address()));
    assertThatThrownBy(
            () -> running.udp(RunningListener.pool(0, "127.0.0.1:9"), RunningListener.PATIENT, 10))
        .hasStackTraceContaining("ddress already in use");
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void tcpAndUdpMayShareAPort(Transport transport) throws Exception {
    RunningListener running = on(transport);
    TcpOrigin tcp = closing(new TcpOrigin(TcpOrigin::echo));
    running.tcp(RunningListener.pool(0, tcp.address()));
    running.udp(RunningListener.pool(0, origin("a")), RunningListener.PATIENT, 10);
    assertThat(ask(client(running), "x")).isEqualTo("ax");
    try (Socket client = new Socket()) {
      client.connect(running.address(), 5_000);
      client.getOutputStream().write('y');
      assertThat(client.getInputStream().read()).isEqualTo('y');
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLICE", "NIO"})
  void withoutAUsableEndpointNothingIsKept(Transport transport) throws Exception {
    RunningListener running = on(transport);
    Pool usual = RunningListener.pool(0, origin("a"));
    Steering believing = new Steering(Optional.empty(), 140, 0, false, Optional.empty(), 0);
    Pool pool =
        new Pool(
            usual.name(),
            usual.endpoints(),
            usual.balance(),
            believing,
            usual.health(),
            usual.timeouts(),
            usual.retries());
    UdpListener listener = running.udp(pool, RunningListener.PATIENT, 1);
    running.states.all().values().forEach(state -> state.health(Health.UNHEALTHY));
    for (int i = 0; i < 3; i++) {
      say(client(running), "x");
      assertThat(running.record().outcome()).isEqualTo(Outcome.NO_ENDPOINT);
    }
    assertThat(listener.dropped()).isZero();
  }
}
