package io.weir.e2e.chaos;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.weir.e2e.live.Await;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.ApplyRequest;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** One run: a site, clients that write, agents that listen, and a nemesis. */
public final class Chaos {
  private static final int CLIENTS = 4;
  private static final int AGENTS = 20;
  private static final Duration SETTLE = Duration.ofSeconds(90);

  private Chaos() {}

  /**
   * What came of it.
   *
   * @param deeds of the nemesis, how often each
   * @param links whether links could be cut
   * @param complaints of the controllers
   */
  public record Outcome(
      History history,
      Checker.Findings findings,
      Map<String, Integer> deeds,
      boolean links,
      List<String> complaints) {
    public Outcome {
      deeds = Map.copyOf(deeds);
      complaints = List.copyOf(complaints);
    }
  }

  /**
   * @param seed of what the nemesis does, and of who asks whom
   * @param log told what happens
   */
  public static Outcome run(Duration length, long seed, Consumer<String> log) {
    SplittableRandom random = new SplittableRandom(seed);
    Recorder recorder = new Recorder();
    ScheduledExecutorService listening = Executors.newSingleThreadScheduledExecutor();
    List<LightAgent> agents = new ArrayList<>();
    List<Client> clients = new ArrayList<>();
    try (Site site = new Site();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      declare(site.addresses());
      for (int i = 0; i < AGENTS; i++) {
        LightAgent agent = new LightAgent(i, site.addresses(), recorder, listening, random.split());
        agents.add(agent);
        agent.start();
      }
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new Client(i, site.addresses(), recorder, random.split()));
      }
      Nemesis nemesis = new Nemesis(site, log);
      haunt(nemesis, clients, threads, random, length);
      Map<String, String> declared = site.declared();
      Map<String, Map<String, String>> held = settled(listening, agents, declared);
      History history =
          new History(recorder.writes(), recorder.sightings(), site.journal(), declared, held);
      return new Outcome(
          history, Checker.check(history), nemesis.deeds(), site.hasLinks(), site.complaints());
    } finally {
      clients.forEach(Client::close);
      listening.execute(() -> agents.forEach(LightAgent::close));
      listening.shutdown();
    }
  }

  /** Has clients write and the nemesis rage for {@code length}; then all is well again. */
  private static void haunt(
      Nemesis nemesis,
      List<Client> clients,
      ExecutorService threads,
      SplittableRandom random,
      Duration length) {
    List<CompletableFuture<Void>> writing =
        clients.stream().map(client -> CompletableFuture.runAsync(client, threads)).toList();
    SplittableRandom one = random.split();
    SplittableRandom other = random.split();
    List<CompletableFuture<Void>> haunting =
        List.of(
            CompletableFuture.runAsync(() -> nemesis.hauntControllers(one), threads),
            CompletableFuture.runAsync(() -> nemesis.hauntEtcd(other), threads));
    try {
      long end = System.nanoTime() + length.toNanos();
      while (System.nanoTime() < end
          && haunting.stream().noneMatch(CompletableFuture::isCompletedExceptionally)) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
      nemesis.stop();
      haunting.forEach(CompletableFuture::join);
    } finally {
      nemesis.stop();
      clients.forEach(Client::stop);
      writing.forEach(CompletableFuture::join);
    }
  }

  /** Once all agents hold what is declared, or they have had time enough. */
  private static Map<String, Map<String, String>> settled(
      ScheduledExecutorService listening, List<LightAgent> agents, Map<String, String> declared) {
    try {
      Await.until(
          "agents to hold what is declared",
          SETTLE,
          () -> held(listening, agents).values().stream().allMatch(declared::equals));
    } catch (Await.TimedOut e) {
      // The checker says who does not.
      return held(listening, agents);
    }
    return held(listening, agents);
  }

  private static Map<String, Map<String, String>> held(
      ScheduledExecutorService listening, List<LightAgent> agents) {
    return CompletableFuture.supplyAsync(
            () -> {
              Map<String, Map<String, String>> held = new HashMap<>();
              agents.forEach(agent -> held.put(agent.name(), agent.pools()));
              return held;
            },
            listening)
        .join();
  }

  /** A pool for each client, and a listener that takes them all to every agent. */
  private static void declare(List<String> addresses) {
    ApplyRequest.Builder request = ApplyRequest.newBuilder().setMessage("the beginning");
    ListenerSpec.Builder listener = ListenerSpec.newBuilder().setBind("127.0.0.1:8080");
    for (int client = 0; client < CLIENTS; client++) {
      request.addResources(Client.resource(client, 0));
      listener.addRoutes(
          RouteRule.newBuilder().setPathPrefix("/" + client).setPool(Client.pool(client)));
    }
    request.addResources(
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("all"))
            .setListener(Listener.newBuilder().setSpec(listener)));
    ManagedChannel channel =
        Grpc.newChannelBuilder(addresses.getFirst(), InsecureChannelCredentials.create()).build();
    try {
      Await.until(
          "the first write",
          SETTLE,
          () -> {
            try {
              AdminServiceGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(10, TimeUnit.SECONDS)
                  .apply(request.build());
              return true;
            } catch (StatusRuntimeException e) {
              return false;
            }
          });
    } finally {
      channel.shutdownNow();
    }
  }
}
