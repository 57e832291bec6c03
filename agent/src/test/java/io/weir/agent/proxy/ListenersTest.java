package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.proxy.Origin.Connection;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ListenersTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  @TempDir Path folder;
  private RunningPlane plane;
  private Origin origin;

  @BeforeEach
  void start() throws IOException {
    plane = new RunningPlane(folder);
    origin = new Origin(Origin.named("a"));
  }

  @AfterEach
  void stop() throws IOException {
    plane.close();
    origin.close();
  }

  private List<Refusal> listen(Listener... listeners) {
    return plane.apply(plane.snapshot(List.of(listeners), RunningPlane.pool(origin.address())));
  }

  private static Listener on(String name, int port) {
    return RunningPlane.listener(name, port, 0);
  }

  private static String get(Connection client) throws IOException {
    return client.body(Objects.requireNonNull(client.send(GET).head()), false);
  }

  private static void assertServes(int port) throws IOException {
    try (Connection client = Connection.to(port)) {
      assertThat(get(client)).isEqualTo("a");
    }
  }

  private static void assertClosed(int port) {
    assertThatThrownBy(() -> Connection.to(port).close()).isInstanceOf(ConnectException.class);
  }

  @Test
  void aListenerThatStaysKeepsItsConnections() throws IOException {
    listen(on("web", plane.port));
    try (Connection client = plane.connect()) {
      assertThat(get(client)).isEqualTo("a");
      listen(on("renamed", plane.port), on("more", RunningPlane.freePort()));
      assertThat(get(client)).isEqualTo("a");
    }
  }

  @Test
  void aDroppedListenerStopsAcceptingAndFinishesWhatItHas() throws IOException {
    Semaphore go = new Semaphore(0);
    try (Origin slow =
        new Origin(
            Origin.each((head, connection) -> {
              go.acquireUninterruptibly();
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
            }))) {
      plane.serve(RunningPlane.pool(slow.address()));
      try (Connection client = plane.connect()) {
        client.send(GET);
        Awaitility.await().until(() -> plane.state(slow.address()).inFlight() == 1);
        assertThat(plane.apply(plane.snapshot(List.of()))).isEmpty();
        Awaitility.await()
            .atMost(5, TimeUnit.SECONDS)
            .untilAsserted(() -> assertClosed(plane.port));
        go.release();
        Origin.Head head = Objects.requireNonNull(client.head());
        assertThat(head.one("connection")).isEqualTo("close");
        assertThat(client.body(head, false)).isEqualTo("slow");
        assertThat(client.rest()).isEmpty();
      }
    }
  }

  @Test
  void closingLetsARequestFinish() throws Exception {
    Semaphore go = new Semaphore(0);
    try (Origin slow =
        new Origin(
            Origin.each((head, connection) -> {
              go.acquireUninterruptibly();
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
            }))) {
      plane.serve(RunningPlane.pool(slow.address()));
      try (Connection client = plane.connect()) {
        client.send(GET);
        Awaitility.await().until(() -> plane.state(slow.address()).inFlight() == 1);
        Future<Void> closed = plane.plane.close();
        Awaitility.await().untilAsserted(() -> assertClosed(plane.port));
        assertThat(closed.isComplete()).isFalse();
        go.release();
        assertThat(client.body(Objects.requireNonNull(client.head()), false)).isEqualTo("slow");
        RunningPlane.await(closed);
      }
    }
  }

  @Test
  void closingWaitsNoLongerThanTheDrainTime() throws IOException {
    plane.close();
    plane = new RunningPlane(folder, new ProxyOptions(1, Duration.ofMillis(300)));
    try (Origin silent = new Origin(connection -> connection.rest())) {
      plane.serve(RunningPlane.pool(silent.address()));
      try (Connection client = plane.connect()) {
        client.send(GET);
        Awaitility.await().until(() -> plane.state(silent.address()).inFlight() == 1);
        RunningPlane.await(plane.plane.close());
        assertThat(client.rest()).isEmpty();
        assertThat(plane.logLines(1)).singleElement().asString().endsWith(" client-closed");
        assertThat(plane.state(silent.address()).inFlight()).isZero();
      }
    }
  }

  @Test
  void anIdleConnectionOfADroppedListenerIsClosed() throws IOException {
    listen(on("web", plane.port));
    try (Connection client = plane.connect()) {
      get(client);
      listen();
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void aListenerMovesToAnotherPort() throws IOException {
    int other = RunningPlane.freePort();
    listen(on("web", plane.port));
    assertThat(listen(on("web", other))).isEmpty();
    assertServes(other);
    Awaitility.await().untilAsserted(() -> assertClosed(plane.port));
  }

  @Test
  void aListenerThatComesBackAtOnceServes() throws IOException {
    for (int i = 0; i < 20; i++) {
      assertThat(listen(on("web", plane.port))).isEmpty();
      assertServes(plane.port);
      assertThat(listen()).isEmpty();
    }
  }

  @Test
  void aListenerWidensToAllAddressesOfItsPort() throws IOException {
    listen(on("web", plane.port));
    Listener all =
        new Listener(
            "web",
            "0.0.0.0",
            plane.port,
            new Service.Http(List.of(new RouteRule(List.of(), "/", "p")), 0));
    assertThat(listen(all)).isEmpty();
    assertServes(plane.port);
    assertThat(listen(on("web", plane.port))).isEmpty();
    assertServes(plane.port);
  }

  @Test
  void aPortThatAnotherProcessHasIsRefusedEvenIfItWouldShare() throws Exception {
    // A real process, which would let others of the same user share its port.
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SharingListener.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      int taken = Integer.parseInt(Objects.requireNonNull(other.inputReader().readLine()));
      int free = RunningPlane.freePort();
      listen(on("web", plane.port));
      List<Refusal> refusals = listen(on("web", plane.port), on("free", free), on("taken", taken));
      assertThat(refusals)
          .containsExactly(
              new Refusal(
                  "Listener",
                  "taken",
                  "bind",
                  "cannot listen on 127.0.0.1:"
                      + taken
                      + ": address already in use by another process; choose another address or"
                      + " stop what listens there"));
      // All or nothing: the former snapshot goes on.
      assertServes(plane.port);
      Awaitility.await().untilAsserted(() -> assertClosed(free));
    } finally {
      other.destroyForcibly();
    }
  }

  /** Listens with SO_REUSEPORT, prints the port, waits to be killed. */
  static final class SharingListener {
    public static void main(String[] arguments) throws IOException {
      try (ServerSocket socket = new ServerSocket()) {
        socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        System.out.println(socket.getLocalPort());
        while (true) {
          socket.accept().close();
        }
      }
    }
  }

  private Listener layer4(String name, Service service) {
    return new Listener(name, "127.0.0.1", plane.port, service);
  }

  @Test
  void anAddressServesAnotherProtocolFromOneSnapshotToTheNext() throws IOException {
    listen(on("web", plane.port));
    assertServes(plane.port);
    Listener tcp = layer4("raw", new Service.Tcp("p", Duration.ofMinutes(1)));
    assertThat(listen(tcp)).isEmpty();
    assertServes(plane.port);
    // It was forwarded byte by byte, and is over when the client has gone.
    assertThat(origin.heads.poll().fields()).anyMatch(field -> field.startsWith("X-Forwarded-For"));
    assertThat(origin.heads.poll().fields()).containsExactly("Host: h");
    assertThat(plane.logLines(2)) // of two loops, in whatever order
        .anySatisfy(line ->
            assertThat(line)
                .contains("\"- - TCP\" 200 39 ")
                .contains(" p " + origin.address() + " 1 ")
                .endsWith(" -"));
    assertThat(listen(on("web", plane.port))).isEmpty();
    assertServes(plane.port);
  }

  @Test
  void udpSharesAPortWithHttpButTcpDoesNot() throws IOException {
    Listener udp = layer4("datagrams", new Service.Udp("p", Duration.ofMillis(100)));
    assertThat(listen(on("web", plane.port), udp)).isEmpty();
    assertServes(plane.port);
    try (DatagramSocket client = new DatagramSocket()) {
      client.send(
          new DatagramPacket(
              new byte[3], 3, new InetSocketAddress(InetAddress.getLoopbackAddress(), plane.port)));
      assertThat(plane.logLines(2)) // of two loops, in whatever order
          .anyMatch(line -> line.contains("\"- - UDP\" ") && line.contains(" p 127.0.0.1:"));
    }
    Listener tcp = layer4("raw", new Service.Tcp("p", Duration.ofMinutes(1)));
    assertThat(listen(on("web", plane.port), tcp))
        .singleElement()
        .extracting(Refusal::reason)
        .asString()
        .contains("listener web already does");
  }

  @Test
  void aTcpListenerWhoseAddressIsTakenIsRefused() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Listener tcp =
          new Listener(
              "raw",
              "127.0.0.1",
              taken.getLocalPort(),
              new Service.Tcp("p", Duration.ofMinutes(1)));
      assertThat(listen(on("web", plane.port), tcp))
          .singleElement()
          .extracting(Refusal::reason)
          .asString()
          .contains("already in use");
    }
  }

  @Test
  void anAddressThatThisHostHasNotIsRefused() {
    Listener elsewhere =
        new Listener(
            "web",
            "192.0.2.1",
            plane.port,
            new Service.Http(List.of(new RouteRule(List.of(), "/", "p")), 0));
    assertThat(listen(elsewhere))
        .singleElement()
        .extracting(Refusal::reason)
        .asString()
        .contains("this host has no such address");
  }

  @Test
  void twoListenersOnOneAddressAreRefused() throws IOException {
    assertThat(listen(on("one", plane.port), on("two", plane.port)))
        .singleElement()
        .satisfies(refusal -> {
          assertThat(refusal.name()).isEqualTo("two");
          assertThat(refusal.reason()).contains("listener one already does");
        });
    assertClosed(plane.port);
  }

  @Test
  void connectionsAreSharedOutAmongTheLoops() throws IOException {
    listen(on("web", plane.port));
    List<Connection> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 16; i++) {
        Connection client = plane.connect();
        clients.add(client);
        assertThat(get(client)).isEqualTo("a");
      }
      // An upstream connection belongs to a loop, and one is enough for those that take turns.
      assertThat(origin.connections).hasValue(2);
    } finally {
      for (Connection client : clients) {
        client.close();
      }
    }
  }
}
