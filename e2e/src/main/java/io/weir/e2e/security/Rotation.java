package io.weir.e2e.security;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.weir.cli.pki.Role;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Ports;
import io.weir.e2e.load.Load;
import io.weir.e2e.security.Papers.Pair;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.weir.v1.AgentStatus;
import io.weir.v1.ApplyRequest;
import io.weir.v1.Endpoint;
import io.weir.v1.ListRequest;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A fleet of real processes over TLS, under load, whose certificates are all replaced again and
 * again while operators come and go.
 */
public final class Rotation {
  private static final String CLUSTER = "default";
  private static final int AGENTS = 2;
  private static final int REQUESTS_PER_SECOND = 400;
  private static final Duration TAKEN_UP = Duration.ofSeconds(30);
  private static final Duration SYNCED = Duration.ofSeconds(90);

  private final Fleet fleet;
  private final Papers papers;
  private int port;

  private Rotation(Fleet fleet) {
    this.fleet = fleet;
    this.papers = new Papers(fleet.dir().resolve("pki"), CLUSTER);
  }

  /**
   * What happened.
   *
   * @param rotations that the controller took up
   * @param requests of clients, and those of them that failed
   * @param calls of operators, each over a connection of its own, and those that failed
   * @param streams of agents, and those that were lost
   */
  public record Result(
      int rotations,
      long requests,
      long failedRequests,
      int calls,
      int failedCalls,
      int streams,
      int lostStreams) {
    public long failed() {
      return failedRequests + failedCalls + lostStreams;
    }
  }

  /**
   * @param fleet in which nothing runs yet
   */
  public static Result run(Fleet fleet, int rotations) throws IOException {
    return new Rotation(fleet).run(rotations);
  }

  private Result run(int rotations) throws IOException {
    Pair own = papers.issue(Role.CONTROLLER, "c1");
    List<String> options = new ArrayList<>(papers.options(own));
    options.addAll(List.of("--data-dir", fleet.dir().resolve("controller").toString()));
    Child controller = fleet.startController("controller", "127.0.0.1:0", options);
    String address = Fleet.awaitController(controller).address();
    port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    List<InetSocketAddress> listeners = declare();
    Map<String, Child> agents = new HashMap<>();
    for (int i = 0; i < AGENTS; i++) {
      Pair pair = papers.issue(Role.AGENT, agent(i));
      agents.put(
          agent(i), fleet.agent(agent(i), address, papers.options(pair).toArray(String[]::new)));
    }
    agents.values().forEach(Fleet::awaitReady);
    Await.until("the agents to be synced", SYNCED, () -> synced().size() == AGENTS);
    Map<String, AgentStatus> before = synced();
    try (Load load = new Load(listeners, REQUESTS_PER_SECOND)) {
      int calls = 0;
      int failedCalls = 0;
      for (int rotation = 0; rotation < rotations; rotation++) {
        load.next();
        Pair next = papers.issue(Role.CONTROLLER, "c1");
        for (int i = 0; i < AGENTS; i++) {
          papers.issue(Role.AGENT, agent(i));
        }
        BigInteger serial = certificate(next.certificate()).getSerialNumber();
        boolean taken = false;
        long end = System.nanoTime() + TAKEN_UP.toNanos();
        while (!taken && System.nanoTime() < end) {
          calls++;
          failedCalls += called() ? 0 : 1;
          taken = shown().getSerialNumber().equals(serial);
        }
        if (!taken) {
          throw new IllegalStateException("the controller goes on with its old certificate");
        }
      }
      load.next();
      Map<String, AgentStatus> after = synced();
      int lost = 0;
      for (Map.Entry<String, AgentStatus> agent : before.entrySet()) {
        AgentStatus now = after.get(agent.getKey());
        if (now == null || !now.getSince().equals(agent.getValue().getSince())) {
          lost++;
        }
      }
      return new Result(
          rotations, load.requests(), load.failed(), calls, failedCalls, AGENTS, lost);
    }
  }

  private static String agent(int number) {
    return "a" + number;
  }

  private List<InetSocketAddress> declare() {
    String origin = Fleet.awaitOrigin(fleet.startOrigin("o1", Ports.free()));
    ApplyRequest.Builder request =
        ApplyRequest.newBuilder()
            .addResources(
                Resource.newBuilder()
                    .setMetadata(Metadata.newBuilder().setName("web"))
                    .setPool(
                        Pool.newBuilder()
                            .setSpec(
                                PoolSpec.newBuilder()
                                    .addEndpoints(
                                        Endpoint.newBuilder().setAddress(origin).setWeight(1)))));
    List<InetSocketAddress> listeners = new ArrayList<>();
    for (int i = 0; i < AGENTS; i++) {
      int listens = Ports.free();
      listeners.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), listens));
      request.addResources(
          Resource.newBuilder()
              .setMetadata(Metadata.newBuilder().setName("web-" + agent(i)))
              .setListener(
                  Listener.newBuilder()
                      .setSpec(
                          ListenerSpec.newBuilder()
                              .setBind("127.0.0.1:" + listens)
                              .putAgents("host", agent(i))
                              .addRoutes(RouteRule.newBuilder().setPool("web")))));
    }
    asked(Role.OPERATOR, "ann", stub -> stub.apply(request.build()));
    return listeners;
  }

  private interface Question<T> {
    T ask(AdminServiceBlockingStub stub);
  }

  /** Over a new connection with a new certificate. */
  private <T> T asked(Role role, String name, Question<T> question) {
    ManagedChannel channel =
        papers.channel("127.0.0.1", port, Optional.of(papers.issue(role, name))).build();
    try {
      return question.ask(
          AdminServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS));
    } finally {
      channel.shutdownNow();
    }
  }

  private boolean called() {
    try {
      return asked(Role.VIEWER, "vic", stub -> stub.list(ListRequest.getDefaultInstance()))
              .getResourcesCount()
          > 0;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private Map<String, AgentStatus> synced() {
    Map<String, AgentStatus> synced = new HashMap<>();
    asked(Role.VIEWER, "vic", stub -> stub.list(ListRequest.newBuilder().setKind("Agent").build()))
        .getResourcesList()
        .stream()
        .filter(agent -> agent.getAgent().getStatus().getState() == AgentStatus.State.STATE_SYNCED)
        .forEach(agent -> synced.put(agent.getMetadata().getName(), agent.getAgent().getStatus()));
    return synced;
  }

  private static X509Certificate certificate(Path file) throws IOException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** What a new connection to the controller is shown. */
  private X509Certificate shown() throws IOException {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("ca", certificate(papers.trust()));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      KeyManagerFactory nobody =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      nobody.init(null, null);
      context.init(nobody.getKeyManagers(), trust.getTrustManagers(), null);
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
        // In TLS 1.3 a client is through before the server has looked at its certificate.
        socket.startHandshake();
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }
}
