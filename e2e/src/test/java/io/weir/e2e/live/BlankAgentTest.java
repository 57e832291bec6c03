package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An agent that has nothing yet, and no controller to ask. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
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
    bind: "127.0.0.1:%d"
    agents: {role: edge}
    routes: [{pool: web}]
    """
        .formatted(origin, port);
  }

  @Test
  void runs_what_the_cluster_has_signed_of_what_other_agents_run() throws IOException {
    String one = Fleet.awaitOrigin(fleet.startOrigin("one", Ports.free()));
    String two = Fleet.awaitOrigin(fleet.startOrigin("two", Ports.free()));
    Fleet.Server controller = fleet.controller("127.0.0.1:0");
    int port = Ports.free();
    Path file = fleet.dir().resolve("web.yaml");
    Child first = fleet.agent("first", controller.address(), "--label", "role=edge");
    Await.until(
        "the first agent to be known",
        Fleet.START,
        () -> fleet.ctl(controller.address(), "get", "agents").out().contains("first"));
    apply(controller, file, config(port, one));
    // A change, so that what is given away was put together from a delta.
    apply(controller, file, config(port, two));
    Path token = fleet.dir().resolve("token");
    Files.writeString(token, fleet.ctl(controller.address(), "join-token").out());
    controller.child().kill();

    Child stranger = blank("stranger", "role=core", controller, token);
    Child blank = blank("blank", "role=edge", controller, token);
    Await.until(
        "the blank agent to have tried what another runs",
        Fleet.START,
        () -> blank.err().contains("what other agents run"));
    // The port is one of this host: free for the blank agent once the first is gone.
    first.kill();
    Await.until("the blank agent to serve", Fleet.START, () -> get(port).startsWith("two"));
    assertThat(stranger.err()).doesNotContain("what other agents run");
  }

  private void apply(Fleet.Server controller, Path file, String config) throws IOException {
    Files.writeString(file, config);
    assertThat(fleet.ctl(controller.address(), "apply", "-f", file.toString(), "--wait").out())
        .contains("1 of 1 agent run");
  }

  private Child blank(String name, String label, Fleet.Server controller, Path token) {
    return fleet.agent(name, controller.address(), "--label", label, "--join", token.toString());
  }

  /** Empty as long as nobody answers. */
  private String get(int port) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build();
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
