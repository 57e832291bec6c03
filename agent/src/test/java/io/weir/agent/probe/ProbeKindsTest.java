package io.weir.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PfxOptions;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.model.HealthCheck.Statuses;
import io.weir.agent.model.HealthCheck.Tls;
import io.weir.agent.probe.ProbeResult.Failed;
import io.weir.agent.probe.ProbeResult.Passed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind against the real thing. */
class ProbeKindsTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final ProbeClient client = new ProbeClient(vertx, context);

  @AfterEach
  void stop() throws Exception {
    client.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static Endpoint endpoint(String host, int port) {
    return new Endpoint(host + ":" + port, host, port, 1, 0, false);
  }

  private ProbeResult probe(Endpoint endpoint, Probe probe, int timeoutMillis) throws Exception {
    HealthCheck check =
        new HealthCheck(probe, Duration.ofMinutes(1), Duration.ofMillis(timeoutMillis), 1, 1);
    Promise<ProbeResult> result = Promise.promise();
    context.runOnContext(_ -> client.probe(endpoint, check).onComplete(result));
    return result.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private ProbeResult probe(Endpoint endpoint, Probe probe) throws Exception {
    return probe(endpoint, probe, 10_000);
  }

  @Nested
  class Http {
    private final List<HttpServerRequest> seen = new CopyOnWriteArrayList<>();

    private Endpoint origin(HttpServerOptions options, Consumer<HttpServerRequest> behaviour)
        throws Exception {
      HttpServer server =
          vertx
              .createHttpServer(options)
              .requestHandler(request -> {
                seen.add(request);
                behaviour.accept(request);
              })
              .listen(0, "127.0.0.1")
              .toCompletionStage()
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);
      return endpoint("127.0.0.1", server.actualPort());
    }

    private Endpoint origin(Consumer<HttpServerRequest> behaviour) throws Exception {
      return origin(new HttpServerOptions(), behaviour);
    }

    private static Probe.Http http(boolean head, List<Statuses> statuses, String body) {
      return new Probe.Http(
          "/", "", head, statuses, body, Map.of("X-Probe", "yes"), Optional.empty());
    }

    @Test
    void acceptsTheStatusesThatItIsTold() throws Exception {
      Endpoint origin = origin(request -> request.response().setStatusCode(404).end());
      List<Statuses> odd = List.of(new Statuses(200, 200), new Statuses(400, 404));
      assertThat(probe(origin, http(false, odd, ""))).isEqualTo(new Passed());
      assertThat(probe(origin, http(false, List.of(new Statuses(200, 403)), "")))
          .isEqualTo(new Failed("status 404"));
    }

    @Test
    void looksForTheBodyThatIsExpected() throws Exception {
      Endpoint origin = origin(request -> request.response().end("état: bien"));
      List<Statuses> usual = List.of(Statuses.USUAL);
      assertThat(probe(origin, http(false, usual, "état: b"))).isEqualTo(new Passed());
      assertThat(probe(origin, http(false, usual, "mal")))
          .isEqualTo(new Failed("the body does not contain what is expected"));
    }

    @Test
    void sendsTheMethodAndTheHeadersThatItIsTold() throws Exception {
      Endpoint origin = origin(request -> request.response().end());
      assertThat(probe(origin, http(true, List.of(Statuses.USUAL), ""))).isEqualTo(new Passed());
      assertThat(seen.getLast().method().name()).isEqualTo("HEAD");
      assertThat(seen.getLast().getHeader("X-Probe")).isEqualTo("yes");
    }

    private Endpoint secureOrigin(Path dir) throws Exception {
      Path store = dir.resolve("origin.p12");
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  "origin",
                  "-keyalg",
                  "EC",
                  "-dname",
                  "CN=origin.example",
                  "-ext",
                  "SAN=dns:origin.example",
                  "-storepass",
                  "changeit",
                  "-storetype",
                  "PKCS12",
                  "-keystore",
                  store.toString())
              .redirectErrorStream(true)
              .start();
      assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(keytool.exitValue()).as(() -> said(keytool)).isZero();
      return origin(
          new HttpServerOptions()
              .setSsl(true)
              .setSni(true)
              .setKeyCertOptions(
                  new PfxOptions().setPath(store.toString()).setPassword("changeit")),
          request -> request.response().end());
    }

    private static String said(Process process) {
      try {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Probe.Http https(Tls tls) {
      return new Probe.Http(
          "/", "", false, List.of(Statuses.USUAL), "", Map.of(), Optional.of(tls));
    }

    @Test
    void asksOverTlsByTheNameThatItIsTold(@TempDir Path dir) throws Exception {
      Endpoint origin = secureOrigin(dir);
      assertThat(probe(origin, https(new Tls("origin.example", false)))).isEqualTo(new Passed());
      assertThat(seen.getLast().connection().indicatedServerName()).isEqualTo("origin.example");
    }

    @Test
    void doesNotTrustACertificateThatNobodyVouchesFor(@TempDir Path dir) throws Exception {
      Endpoint origin = secureOrigin(dir);
      assertThat(probe(origin, https(new Tls("origin.example", true))))
          .isInstanceOfSatisfying(
              Failed.class, failed -> assertThat(failed.reason()).startsWith("no TLS with it: "));
    }
  }

  @Nested
  class Tcp {
    private Endpoint origin(Consumer<NetSocket> behaviour) throws Exception {
      NetServer server =
          vertx
              .createNetServer()
              .connectHandler(behaviour::accept)
              .listen(0, "127.0.0.1")
              .toCompletionStage()
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);
      return endpoint("127.0.0.1", server.actualPort());
    }

    private static String hex(String text) {
      return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void sendsAndLooksForWhatIsExpectedHoweverItComes() throws Exception {
      Endpoint origin =
          origin(socket ->
              socket.handler(bytes -> {
                if (bytes.toString().equals("PING\r\n")) {
                  socket.write("+PO").onComplete(_ -> socket.write("NG\r\n"));
                }
              }));
      assertThat(probe(origin, new Probe.Tcp(hex("PING\r\n"), hex("+PONG"))))
          .isEqualTo(new Passed());
    }

    @Test
    void isNotContentWithSomethingElse() throws Exception {
      Endpoint closing = origin(socket -> socket.write("-ERR").onComplete(_ -> socket.close()));
      assertThat(probe(closing, new Probe.Tcp("", hex("+OK"))))
          .isEqualTo(new Failed("connection closed before what is expected came"));
      Endpoint talking = origin(socket -> socket.write("x".repeat(100_000)));
      assertThat(probe(talking, new Probe.Tcp("", hex("+OK"))))
          .isEqualTo(new Failed("answers something else than what is expected"));
    }
  }

  @Nested
  class Grpc {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
          }

          @Override
          public byte[] parse(InputStream stream) {
            try {
              return stream.readAllBytes();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };

    private final List<Server> servers = new ArrayList<>();

    @AfterEach
    void stopServers() {
      servers.forEach(Server::shutdownNow);
    }

    /** As in the protocol's definition: service "up" serves, "down" does not. */
    private Endpoint origin() throws Exception {
      MethodDescriptor<byte[], byte[]> check =
          MethodDescriptor.<byte[], byte[]>newBuilder()
              .setType(MethodDescriptor.MethodType.UNARY)
              .setFullMethodName("grpc.health.v1.Health/Check")
              .setRequestMarshaller(BYTES)
              .setResponseMarshaller(BYTES)
              .build();
      ServerServiceDefinition health =
          ServerServiceDefinition.builder("grpc.health.v1.Health")
              .addMethod(
                  check,
                  ServerCalls.asyncUnaryCall((request, answer) -> {
                    String service =
                        request.length == 0
                            ? "up"
                            : new String(request, 2, request.length - 2, StandardCharsets.UTF_8);
                    switch (service) {
                      case "up" -> answer.onNext(new byte[] {8, 1});
                      case "down" -> answer.onNext(new byte[] {8, 2});
                      default -> {
                        answer.onError(new StatusRuntimeException(Status.NOT_FOUND));
                        return;
                      }
                    }
                    answer.onCompleted();
                  }))
              .build();
      return start(
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .addService(health));
    }

    private Endpoint start(NettyServerBuilder builder) throws Exception {
      Server server = builder.directExecutor().build().start();
      servers.add(server);
      return endpoint("127.0.0.1", server.getPort());
    }

    @Test
    void takesServingForASuccessAndNothingElse() throws Exception {
      Endpoint origin = origin();
      assertThat(probe(origin, new Probe.Grpc(""))).isEqualTo(new Passed());
      assertThat(probe(origin, new Probe.Grpc("up"))).isEqualTo(new Passed());
      assertThat(probe(origin, new Probe.Grpc("down")))
          .isEqualTo(new Failed("serving status NOT_SERVING"));
      assertThat(probe(origin, new Probe.Grpc("other")))
          .isEqualTo(new Failed("does not know that service"));
    }

    @Test
    void tellsWhatIsNoHealthService() throws Exception {
      Endpoint other =
          start(
              NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
      assertThat(probe(other, new Probe.Grpc("")))
          .isEqualTo(new Failed("does not know the health service"));
    }

    @Test
    void tellsThatNobodyListens() throws Exception {
      int port;
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = socket.getLocalPort();
      }
      assertThat(probe(endpoint("127.0.0.1", port), new Probe.Grpc("")))
          .isEqualTo(new Failed("connection refused"));
    }

    @Test
    void isAnsweredInTimeOrNotAtAll() throws Exception {
      try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        assertThat(probe(endpoint("127.0.0.1", silent.getLocalPort()), new Probe.Grpc(""), 200))
            .isEqualTo(new Failed("timed out after 200 ms"));
      }
    }
  }

  @Nested
  class Icmp {
    @Test
    void isAnsweredByThisHost() throws Exception {
      assumeThat(Prober.noIcmp()).as("the kernel allows it").isEmpty();
      assertThat(probe(endpoint("127.0.0.1", 1), new Probe.Icmp())).isEqualTo(new Passed());
      assertThat(probe(endpoint("localhost", 1), new Probe.Icmp())).isEqualTo(new Passed());
    }

    @Test
    void isAnsweredOverIpv6() throws Exception {
      assumeThat(Prober.noIcmp()).as("the kernel allows it").isEmpty();
      assumeThat(Path.of("/proc/net/if_inet6")).exists();
      assertThat(probe(endpoint("::1", 1), new Probe.Icmp())).isEqualTo(new Passed());
    }

    @Test
    void isNotAnsweredByNobody() throws Exception {
      assumeThat(Prober.noIcmp()).as("the kernel allows it").isEmpty();
      // Reserved (RFC 1112 section 4): no host has it.
      assertThat(probe(endpoint("240.0.0.1", 1), new Probe.Icmp(), 200)).isInstanceOf(Failed.class);
    }

    @Test
    void itsChecksumIsThatOfTheRfc() {
      // RFC 1071 section 3.
      byte[] example = HexFormat.of().parseHex("0001f203f4f5f6f7");
      assertThat(EchoPacket.checksum(example)).isEqualTo(~0xddf2 & 0xffff);
      assertThat(EchoPacket.checksum(EchoPacket.request(false, 7, 8, 9))).isZero();
    }
  }

  @Nested
  class Exec {
    private ProbeResult sh(String script, int timeoutMillis) throws Exception {
      return probe(
          endpoint("10.0.0.9", 80),
          new Probe.Exec("/bin/sh", List.of("-c", script, "sh", "{host}", "{port}")),
          timeoutMillis);
    }

    @Test
    void succeedsByItsExit() throws Exception {
      assertThat(sh("exit 0", 10_000)).isEqualTo(new Passed());
      assertThat(sh("echo no $1 $2; echo more; exit 3", 10_000))
          .isEqualTo(new Failed("exit status 3: no 10.0.0.9 80"));
    }

    @Test
    void mayTalkWithoutEnd() throws Exception {
      assertThat(sh("yes | head -c 1000000", 10_000)).isEqualTo(new Passed());
    }

    @Test
    void isKilledWithItsChildrenWhenItIsLate(@TempDir Path dir) throws Exception {
      Path pid = dir.resolve("pid");
      assertThat(sh("sleep 300 & echo $! > " + pid + "; wait", 2_000))
          .isEqualTo(new Failed("timed out after 2000 ms"));
      long child = Long.parseLong(Files.readString(pid).strip());
      await()
          .until(() ->
              ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty()
                  || Files.readString(Path.of("/proc/" + child + "/stat")).contains(") Z "));
    }

    @Test
    void tellsThatThereIsNoSuchProgram() throws Exception {
      assertThat(probe(endpoint("h", 1), new Probe.Exec("/no/such/program", List.of())))
          .isInstanceOfSatisfying(
              Failed.class,
              failed -> assertThat(failed.reason()).startsWith("cannot run /no/such/program: "));
    }
  }
}
