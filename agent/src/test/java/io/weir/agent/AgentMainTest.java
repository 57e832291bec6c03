package io.weir.agent;

import static io.weir.agent.control.Resources.listener;
import static io.weir.agent.control.Resources.pool;
import static io.weir.agent.control.Resources.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.grpc.Status;
import io.weir.agent.control.ScriptedController;
import io.weir.v1.AgentMessage;
import io.weir.v1.Endpoint;
import io.weir.v1.Health;
import io.weir.v1.HealthCheck;
import io.weir.v1.HttpProbe;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process, between a scripted controller and a real origin. */
class AgentMainTest {
  @TempDir Path temp;

  private final ScriptedController controller = ScriptedController.start();
  private final List<AgentProgram> programs = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private HttpServer origin;
  private final CountDownLatch slow = new CountDownLatch(1);
  private int port;

  @BeforeEach
  void startOrigin() throws IOException {
    origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    origin.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    origin.createContext(
        "/",
        exchange -> {
          if (exchange.getRequestURI().getPath().equals("/slow")) {
            try {
              slow.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
          byte[] body = "the origin".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    origin.start();
    port = freePort();
  }

  @AfterEach
  void stop() {
    slow.countDown();
    programs.forEach(AgentProgram::kill);
    controller.close();
    origin.stop(0);
    client.close();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code more}: instead of or besides the options that every agent here has. */
  private AgentProgram agent(String... more) throws IOException {
    List<String> args =
        new ArrayList<>(
            List.of(
                "--name=edge-1",
                "--controller=" + controller.address(),
                "--data-dir=" + temp.resolve("data"),
                "--drain-time=10s",
                "--event-loops=1"));
    for (String option : more) {
      args.removeIf(usual -> usual.startsWith(option.replaceFirst("=.*", "=")));
      args.add(option);
    }
    AgentProgram program = AgentProgram.start(temp, args);
    programs.add(program);
    return program;
  }

  private Snapshot configuration() {
    Resource backend =
        pool(
            "backend",
            PoolSpec.newBuilder()
                .addEndpoints(
                    Endpoint.newBuilder().setAddress("127.0.0.1:" + origin.getAddress().getPort()))
                .setHealth(HealthCheck.newBuilder().setHttp(HttpProbe.getDefaultInstance()))
                .build());
    return snapshot("e", 1, 7, backend, listener("web", "127.0.0.1:" + port, "backend"));
  }

  private String readyLine() {
    return "weir agent edge-1 ready at revision 7 (web on 127.0.0.1:" + port + ")";
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(30))
        .build();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> tell(int metrics, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + metrics + path);
    return client.send(
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private int status(int metrics, String path) throws Exception {
    return tell(metrics, path).statusCode();
  }

  private ScriptedController.Stream configure() {
    ScriptedController.Stream stream = controller.accept();
    stream.welcome("e", 1, 100).send(configuration());
    assertThat(stream.answer().getAck().getRevision()).isEqualTo(7);
    return stream;
  }

  @Nested
  class GivenAConfiguration {
    @Test
    void servesReportsAndServesAgainWithoutAController() throws Exception {
      AgentProgram first = agent();
      ScriptedController.Stream stream = configure();
      first.awaitOutput(readyLine());
      assertThat(get("/").body()).isEqualTo("the origin");
      AgentMessage healthy =
          stream.next(m ->
              m.hasHealth()
                  && m.getHealth().getObservationsCount() == 1
                  && m.getHealth().getObservations(0).getHealth() == Health.HEALTH_HEALTHY);
      assertThat(healthy.getHealth().getObservations(0).getPool()).isEqualTo("backend");
      AgentMessage load =
          stream.next(m -> m.hasLoad() && m.getLoad().getEndpoints(0).getRequests() == 1);
      assertThat(load.getLoad().getEndpoints(0).getInFlight()).isZero();

      controller.close();
      assertThat(get("/").body()).isEqualTo("the origin");
      first.terminate();
      assertThat(first.exitStatus()).isZero();
      assertThat(first.output()).isEqualTo(List.of(readyLine()));

      AgentProgram second = agent();
      second.awaitOutput(readyLine());
      assertThat(get("/").statusCode()).isEqualTo(200);
      second.terminate();
      assertThat(second.exitStatus()).isZero();
    }

    @Test
    void finishesWhatIsUnderWayBeforeItExits() throws Exception {
      AgentProgram program = agent();
      ScriptedController.Stream stream = configure();
      program.awaitOutput(readyLine());
      CompletableFuture<HttpResponse<String>> underWay =
          client.sendAsync(request("/slow"), HttpResponse.BodyHandlers.ofString());
      stream.next(m -> m.hasLoad() && m.getLoad().getEndpoints(0).getInFlight() == 1);
      program.terminate();
      assertThat(stream.end()).isEqualTo("completed");
      slow.countDown();
      assertThat(underWay.get(20, TimeUnit.SECONDS).body()).isEqualTo("the origin");
      assertThat(program.exitStatus()).isZero();
    }

    @Test
    void tellsWhatItCountedAndWhetherItIsReady() throws Exception {
      int metrics = freePort();
      AgentProgram program = agent("--metrics=127.0.0.1:" + metrics);
      await().ignoreExceptions().until(() -> status(metrics, "/live") == 200);
      assertThat(status(metrics, "/ready")).isEqualTo(503);
      ScriptedController.Stream stream = configure();
      program.awaitOutput(readyLine());
      await().until(() -> status(metrics, "/ready") == 200);
      assertThat(get("/").statusCode()).isEqualTo(200);
      String endpoint = "127.0.0.1:" + origin.getAddress().getPort();
      assertThat(tell(metrics, "/metrics").body())
          .contains(
              "weir_requests_total{code=\"2xx\",endpoint=\"%s\",pool=\"backend\"} 1.0\n"
                  .formatted(endpoint))
          .contains("weir_client_connections{listener=\"web\"} ")
          .contains("weir_config_revision 7.0\n");
      CompletableFuture<HttpResponse<String>> underWay =
          client.sendAsync(request("/slow"), HttpResponse.BodyHandlers.ofString());
      stream.next(m -> m.hasLoad() && m.getLoad().getEndpoints(0).getInFlight() == 1);
      program.terminate();
      await().until(() -> status(metrics, "/ready") == 503);
      assertThat(tell(metrics, "/metrics").body())
          .contains("weir_requests_in_flight{endpoint=\"" + endpoint + "\",pool=\"backend\"} 1.0");
      slow.countDown();
      assertThat(underWay.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      assertThat(program.exitStatus()).isZero();
    }

    @Test
    void twoAgentsCannotShareADataDirectory() throws Exception {
      AgentProgram first = agent();
      configure();
      first.awaitOutput(readyLine());
      AgentProgram second = agent("--name=edge-2");
      assertThat(second.exitStatus()).isEqualTo(1);
      assertThat(second.errors())
          .containsExactly(
              "weir agent: data directory %s is in use by another agent (process %d); give each its own with --data-dir"
                  .formatted(temp.resolve("data"), first.pid()));
      assertThat(get("/").statusCode()).isEqualTo(200);
    }

    @Test
    void survivesADamagedFileInItsDataDirectory() throws Exception {
      AgentProgram first = agent();
      ScriptedController.Stream stream = configure();
      stream.send(configuration().toBuilder().setRevision(8).build());
      assertThat(stream.answer().hasAck()).isTrue();
      first.kill();
      try (var files = Files.list(temp.resolve("data"))) {
        Path newest =
            files
                .filter(f -> f.getFileName().toString().startsWith("snapshot-"))
                .sorted()
                .toList()
                .getLast();
        Files.write(newest, new byte[] {1, 2, 3});
      }
      AgentProgram second = agent();
      second.awaitOutput(readyLine());
      assertThat(String.join("\n", second.errors())).contains("saved snapshot is damaged");
    }
  }

  @Nested
  class RefusedByAControllerOfAnotherCluster {
    @Test
    void withNothingToServeItExitsWithOneSentence() throws Exception {
      AgentProgram program = agent("--log-level=error");
      controller
          .accept()
          .end(Status.FAILED_PRECONDITION.withDescription("this is cluster blue, not default"));
      assertThat(program.exitStatus()).isEqualTo(1);
      assertThat(program.errors().getLast())
          .isEqualTo(
              "weir agent: controller %s refuses this agent: this is cluster blue, not default; set --cluster or --controller"
                  .formatted(controller.address()));
      assertThat(program.output()).isEmpty();
    }

    @Test
    void withSomethingToServeItServesOn() throws Exception {
      AgentProgram program = agent();
      configure().end(Status.UNAVAILABLE);
      controller.accept().end(Status.FAILED_PRECONDITION.withDescription("another cluster"));
      await()
          .untilAsserted(() ->
              assertThat(String.join("\n", program.errors()))
                  .contains("the controller refuses this agent"));
      assertThat(get("/").body()).isEqualTo("the origin");
      assertThat(controller.accept().hello().getRevision()).isEqualTo(7);
    }
  }

  @Nested
  class StartedWrongly {
    @Test
    void aWrongOptionIsAUsageError() throws Exception {
      AgentProgram program = agent("--event-loops=none");
      assertThat(program.exitStatus()).isEqualTo(2);
      assertThat(program.errors()).hasSize(1);
      assertThat(program.errors().getFirst()).startsWith("weir agent: ").contains("--event-loops");
    }

    @Test
    void aDataDirectoryThatIsAFileIsOneSentence() throws Exception {
      Path file = Files.createFile(temp.resolve("file"));
      AgentProgram program = agent("--data-dir=" + file);
      assertThat(program.exitStatus()).isEqualTo(1);
      assertThat(program.errors()).hasSize(1);
      assertThat(program.errors().getFirst())
          .startsWith("weir agent: cannot use data directory " + file);
    }

    @Test
    void aMetricsAddressInUseIsOneSentence() throws Exception {
      String taken = "127.0.0.1:" + origin.getAddress().getPort();
      AgentProgram program = agent("--metrics=" + taken);
      assertThat(program.exitStatus()).isEqualTo(1);
      assertThat(program.errors().getLast())
          .startsWith("weir agent: cannot listen on " + taken + ": ")
          .endsWith("; choose another with --metrics");
    }

    @Test
    void anAccessLogThatCannotBeOpenedIsOneSentence() throws Exception {
      AgentProgram program = agent("--access-log=" + temp.resolve("no/such/dir/log"));
      assertThat(program.exitStatus()).isEqualTo(1);
      assertThat(program.errors()).hasSize(1);
      assertThat(program.errors().getFirst()).startsWith("weir agent: cannot open access log ");
    }
  }

  @Test
  void logsInJsonWhenAsked() throws Exception {
    AgentProgram program = agent("--log-format=json");
    configure();
    program.awaitOutput(readyLine());
    await()
        .untilAsserted(() ->
            assertThat(program.errors())
                .isNotEmpty()
                .allMatch(line -> line.startsWith("{") && line.endsWith("}"))
                .anyMatch(line -> line.contains("\"running revision\"")));
  }

  @Test
  void helpNamesEveryOptionsEnvironmentVariable() throws Exception {
    AgentProgram program = agent("--help");
    assertThat(program.exitStatus()).isZero();
    assertThat(String.join("\n", program.output()))
        .contains("WEIR_CLUSTER", "WEIR_CONTROLLER", "WEIR_AGENT_NAME", "WEIR_AGENT_LABELS")
        .contains("WEIR_DATA_DIR", "WEIR_ACCESS_LOG", "WEIR_ACCESS_LOG_FORMAT")
        .contains("WEIR_EVENT_LOOPS", "WEIR_DRAIN_TIME", "WEIR_LOG_LEVEL", "WEIR_LOG_FORMAT");
  }
}
