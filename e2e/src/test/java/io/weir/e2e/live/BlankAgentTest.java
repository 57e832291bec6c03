package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.v1.AgentStatus;
import io.weir.v1.JoinToken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An agent that has nothing yet, and no controller to ask, on a host of its own. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class BlankAgentTest {
  private final Fleet fleet = Fleet.create(Programs.locate());
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void stop() {
    http.close();
    fleet.close();
  }

  private static String config(int port, String origin) {
    return """
    kind: Pool
    name: web
    endpoints: [{address: "%s"}]
    ---
    kind: Listener
    name: web
    bind: "0.0.0.0:%d"
    agents: {role: edge}
    routes: [{pool: web}]
    """
        .formatted(origin, port);
  }

  @Test
  void serves_what_the_cluster_has_signed_until_a_controller_says_what_to_run() throws IOException {
    Optional<String> missing = Namespace.missing();
    assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    try (Namespace namespace = Namespace.create()) {
      run(namespace);
    }
  }

  private void run(Namespace namespace) throws IOException {
    String one = Fleet.awaitOrigin(fleet.startOrigin("one", namespace.originHost()));
    String two = Fleet.awaitOrigin(fleet.startOrigin("two", namespace.originHost()));
    Fleet.Server controller = fleet.controller(namespace.controllerHost() + ":" + Ports.free());
    String ring = namespace.agentHost() + ":0";
    int port = Ports.free();
    Child first =
        fleet.agent("first", controller.address(), "--label", "role=edge", "--gossip", ring);
    awaitAgents(controller, "first");
    apply(controller, config(port, one));
    // A change, so that what is given away was put together from a delta.
    apply(controller, config(port, two));
    Await.until(
        "the change to be served",
        Fleet.START,
        () -> get(namespace.agentHost(), port).startsWith("two"));
    JoinToken token = token(controller);
    JoinToken foreign = foreignToken();
    end(controller);

    // The keys and the signature of another cluster of the same name, the agents of this one.
    JoinToken forged =
        foreign.toBuilder()
            .setGossip(
                foreign.getGossip().toBuilder()
                    .clearMembers()
                    .addAllMembers(token.getGossip().getMembersList()))
            .build();
    String impostors = write("impostor.token", forged).toString();
    String tokens = write("token", token).toString();
    String to = controller.address();
    Child stranger =
        fleet.agent("stranger", to, "--label", "role=core", "--gossip", ring, "--join", tokens);
    Child impostor =
        fleet.agent("impostor", to, "--label", "role=edge", "--gossip", ring, "--join", impostors);
    Child blank = fleet.agent(namespace, "blank", to, "--label", "role=edge", "--join", tokens);
    Fleet.awaitReady(blank);
    assertThat(get(namespace.host(), port)).startsWith("two");
    assertThat(List.of(first, stranger, impostor)).allMatch(Child::alive);
    assertThat(List.of(stranger, impostor))
        .noneMatch(child -> child.out().contains("ready at revision"));
    impostor.kill();

    Fleet.Server back = fleet.controller(controller.address());
    apply(back, config(port, one));
    Await.until(
        "what is declared now to be served",
        Fleet.START,
        () -> get(namespace.host(), port).startsWith("one"));
    awaitAgents(back, "first", "stranger", "blank");
  }

  private static void awaitAgents(Fleet.Server controller, String... names) {
    try (Admin admin = new Admin(controller.address())) {
      admin.awaitAgents(
          List.of(names),
          "to be in step",
          status -> status.getState() == AgentStatus.State.STATE_SYNCED);
    }
  }

  @Test
  void does_not_start_with_a_token_of_another_cluster() throws IOException {
    Fleet.Server controller = fleet.controller("127.0.0.1:0");
    Path file = write("token", token(controller));
    Child agent =
        fleet.agent(
            "elsewhere", controller.address(), "--cluster", "other", "--join", file.toString());
    assertThat(agent.awaitExit(Fleet.START)).isEqualTo(2);
    assertThat(agent.err()).contains("it is for cluster \"default\", not for \"other\"");
  }

  private static void end(Fleet.Server controller) {
    controller.child().stop();
    controller.child().awaitExit(Fleet.START);
  }

  private JoinToken token(Fleet.Server controller) throws IOException {
    String text = fleet.ctl(controller.address(), "join-token").orThrow().strip();
    return JoinToken.parseFrom(Base64.getDecoder().decode(text));
  }

  /** Of a cluster of the same name. */
  private JoinToken foreignToken() throws IOException {
    Child other =
        fleet.startController(
            "other", "127.0.0.1:0", List.of("--data-dir", fleet.dir().resolve("other").toString()));
    Fleet.Server server = Fleet.awaitController(other);
    JoinToken token = token(server);
    end(server);
    return token;
  }

  private Path write(String name, JoinToken token) throws IOException {
    return Files.write(
        fleet.dir().resolve(name),
        Base64.getEncoder().encodeToString(token.toByteArray()).getBytes(StandardCharsets.UTF_8));
  }

  private void apply(Fleet.Server controller, String config) throws IOException {
    Path file = Files.writeString(fleet.dir().resolve("web.yaml"), config);
    fleet.ctl(controller.address(), "apply", "-f", file.toString()).orThrow();
  }

  /** Empty as long as nobody answers. */
  private String get(String host, int port) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/")).build();
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
