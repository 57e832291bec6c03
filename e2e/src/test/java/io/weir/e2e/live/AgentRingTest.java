package io.weir.e2e.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Agents that watch each other; the controller only introduces them. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class AgentRingTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, Child> agents = new LinkedHashMap<>();
  private final Map<String, Integer> metrics = new LinkedHashMap<>();

  @AfterEach
  void stop() {
    http.close();
    fleet.close();
  }

  @Test
  void goes_on_without_a_controller_notices_who_was_killed_and_takes_it_back() {
    Fleet.Server controller = fleet.controller("127.0.0.1:0");
    for (String name : new String[] {"a", "b", "c"}) {
      start(name, controller.address());
    }
    awaitMembers("a", "alive", 3);
    awaitMembers("b", "alive", 3);
    awaitMembers("c", "alive", 3);

    controller.child().kill();
    Objects.requireNonNull(agents.get("c")).kill();
    awaitMembers("a", "dead", 1);
    awaitMembers("b", "dead", 1);

    start("c", controller.address());
    awaitMembers("a", "alive", 3);
    awaitMembers("c", "alive", 3);
  }

  private void start(String name, String controller) {
    int port = Ports.free();
    metrics.put(name, port);
    agents.put(name, fleet.agent(name, controller, "--metrics", "127.0.0.1:" + port));
  }

  private void awaitMembers(String agent, String state, int count) {
    String line = "weir_gossip_members{state=\"%s\"} %d.0".formatted(state, count);
    Await.until(
        "agent %s to say %s".formatted(agent, line),
        state.equals("alive") ? Fleet.START : SOON,
        () -> page(metrics.getOrDefault(agent, 0)).contains(line));
  }

  /** Empty as long as nobody answers. */
  private String page(int port) {
    URI uri = URI.create("http://127.0.0.1:%d/metrics".formatted(port));
    try {
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (ConnectException _) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
